import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { RuleError } from '#hob/core/errors.js'
import { Duck } from '#hob/rule/result/duck.js'
import { openResult } from '#hob/rule/result/rows.js'
import type { KeysetRows, ResultProcessor } from '#hob/rule/rule.js'
import type { TableOptions } from '#hob/rule/warehouse/table-options.js'
import { keysetRows, type RowsForTest, runOf } from '../support/keyset-rows.js'
import { writeParquet } from '../support/parquet-fixture.js'
import { killedWrites, peakOf, type WriterOptions } from '../support/warehouse-writer.js'

/** A database for one law: empty, gone afterwards. */
export interface WarehouseScratch {
  processor(options: TableOptions): ResultProcessor
  /** The same for a process of its own. */
  readonly writer: WriterOptions
  /** Rows as the processor is to be given them. */
  keyset(rows: RowsForTest): Promise<KeysetRows>
  /** The rows of a table by a column; whole numbers as number, or bigint beyond 2^53. */
  rows(table: string, order?: string): Promise<readonly (readonly unknown[])[]>
  /** A statement of the law's own; names in it are in double quotes. */
  execute(sql: string): Promise<void>
  tables(): Promise<readonly string[]>
  dispose(): Promise<void>
}

/** A kind of database that results are written into. */
export interface WarehouseUnderTest {
  readonly name: string
  open(): Promise<WarehouseScratch>
  /** Its processor for a place where nobody answers. */
  lost(): ResultProcessor
  /** What becomes of `a\0b`. */
  readonly nul: string
  /** Whether a table can be made within a transaction. */
  readonly makesTablesWithin: boolean
  /** What becomes of NaN. */
  readonly nan: number | null
}

const LAST: Pick<RowsForTest, 'key' | 'values'> = { key: ['last'], values: { count: 'integer', paid: 'number' } }

/** What every database processor keeps. */
export function warehouseLaws(under: WarehouseUnderTest): void {
  const law = (name: string, run: (scratch: WarehouseScratch) => Promise<void>) =>
    test(name, async () => {
      const scratch = await under.open()
      try {
        await run(scratch)
      } finally {
        await scratch.dispose()
      }
    })

  describe(`${under.name}: warehouse`, () => {
    law('makes the tables of all keysets, and notes the run', async ({ processor, keyset, rows }) => {
      const results = [
        await keyset({ ...LAST, rows: [['Powell', 3, 1.5]] }),
        await keyset({ key: ['first', 'last'], values: {}, table: 'pairs', rows: [['Ann', 'Powell']] }),
        await keyset({ ...LAST, table: 'none', rows: [] }),
      ]
      await processor({ mode: 'replace' }).write(results, runOf('names@1'))
      assert.deepEqual(await rows('names'), [['Powell', 3, 1.5]])
      assert.deepEqual(await rows('pairs'), [['Ann', 'Powell']])
      assert.deepEqual(await rows('none'), [])
      const [run] = await rows('hob_runs')
      assert.deepEqual(run?.slice(0, 2), ['names@1', 'names.last_names'])
      assert.ok(Math.abs(Date.parse(String(run?.[2])) - Date.now()) < 60_000)
    })

    law('replace: a row takes the place of the one with its key, others stay', async ({ processor, keyset, rows }) => {
      const { write } = processor({ mode: 'replace' })
      const first = [
        ['Powell', 3, 1.5],
        ['Simpson', 5, 2],
      ]
      await write([await keyset({ ...LAST, rows: first })], runOf('names@1'))
      const second = [
        ['Powell', 4, null],
        ['Quimby', null, 0.25],
      ]
      await write([await keyset({ ...LAST, rows: second })], runOf('names@2'))
      assert.deepEqual(await rows('names', 'last'), [
        ['Powell', 4, null],
        ['Quimby', null, 0.25],
        ['Simpson', 5, 2],
      ])
    })

    law('add: numbers are added to those that stand, null to none, and text is replaced', async (scratch) => {
      const { write } = scratch.processor({ mode: 'add' })
      const shape = { key: ['last'], values: { count: 'integer', paid: 'number', note: 'any' } } as const
      const first = [
        ['a', 9_007_199_254_740_993n, 0.5, 'old'],
        ['b', null, 1, 'old'],
        ['c', 1, 1, 'old'],
      ]
      await write([await scratch.keyset({ ...shape, rows: first })], runOf('names@1'))
      const second = [
        ['a', 2, 0.25, 'new'],
        ['b', 7, null, null],
        ['d', 1, 2, 'new'],
      ]
      await write([await scratch.keyset({ ...shape, rows: second })], runOf('names@2'))
      assert.deepEqual(await scratch.rows('names', 'last'), [
        ['a', 9_007_199_254_740_995n, 0.75, 'new'],
        ['b', 7, 1, null],
        ['c', 1, 1, 'old'],
        ['d', 1, 2, 'new'],
      ])
    })

    law('append: rows of each run beside each other, with its id', async ({ processor, keyset, rows }) => {
      const { write } = processor({ mode: 'append' })
      for (const id of ['names@1', 'names@2']) {
        await write([await keyset({ ...LAST, rows: [['Powell', 3, 1.5]] })], runOf(id))
      }
      assert.deepEqual(await rows('names', 'hob_run'), [
        ['Powell', 3, 1.5, 'names@1'],
        ['Powell', 3, 1.5, 'names@2'],
      ])
    })

    law('a run that was written is not written again', async ({ processor, keyset, rows }) => {
      const { write } = processor({ mode: 'add' })
      const results = [await keyset({ ...LAST, rows: [['Powell', 3, 1.5]] })]
      await write(results, runOf('names@1'))
      await write(results, runOf('names@1'))
      await write(results, runOf('names@2'))
      assert.deepEqual(await rows('names'), [['Powell', 6, 3]])
    })

    law('two that write the same run at once: it is written once', async ({ processor, keyset, rows }) => {
      const results = await Promise.all(
        [0, 1, 2].map(() => keyset({ ...LAST, rows: Array.from({ length: 5_000 }, (_, at) => [`k${at}`, 1, 0.5]) })),
      )
      const written = results.map((one) => processor({ mode: 'add' }).write([one], runOf('names@1')))
      await Promise.all(written)
      const all = await rows('names')
      assert.equal(all.length, 5_000)
      assert.ok(all.every(([, count, paid]) => count === 1 && paid === 0.5))
      assert.equal((await rows('hob_runs')).length, 1)
    })

    law('two runs that add to the same rows at once, in other orders, are both added', async (scratch) => {
      const all = Array.from({ length: 3_000 }, (_, at) => [`k${at}`, 1, 0.5])
      const results = await Promise.all([all, [...all].reverse()].map((rows) => scratch.keyset({ ...LAST, rows })))
      const { write } = scratch.processor({ mode: 'add' })
      await write([await scratch.keyset({ ...LAST, rows: all })], runOf('names@first'))
      await Promise.all(results.map((one, at) => write([one], runOf(`names@${at}`))))
      const found = await scratch.rows('names')
      assert.equal(found.length, 3_000)
      assert.ok(found.every(([, count, paid]) => count === 3 && paid === 1.5))
    })

    law('of two rows with one key the later stands, and both are added', async ({ processor, keyset, rows }) => {
      const twice = [
        ['a', 1, 1],
        ['b', 1, 1],
        ['a', 2, 2],
      ]
      await processor({ mode: 'replace' }).write([await keyset({ ...LAST, rows: twice })], runOf('names@1'))
      assert.deepEqual(await rows('names', 'last'), [
        ['a', 2, 2],
        ['b', 1, 1],
      ])
      await processor({ mode: 'add' }).write([await keyset({ ...LAST, rows: twice })], runOf('names@2'))
      assert.deepEqual(await rows('names', 'last'), [
        ['a', 5, 5],
        ['b', 2, 2],
      ])
    })

    law('whole numbers and doubles stand exactly as they were', async ({ processor, keyset, rows }) => {
      const numbers = [
        [2n ** 63n - 1n, 0.1],
        [-(2n ** 63n), 5e-324],
        [9_007_199_254_740_993n, 1.7976931348623157e308],
        [0, -0],
        [-1, 1 / 3],
        [null, 123456789012345680000],
      ].map((values, at) => [`k${at}`, ...values])
      await processor({ mode: 'replace' }).write([await keyset({ ...LAST, rows: numbers })], runOf('names@1'))
      // A whole double may come back as a bigint. SQLite keeps one zero only: 0 + -0 is 0.
      const found = (await rows('names', 'last')).map(([key, whole, double]) => [key, whole, 0 + Number(double)])
      assert.deepEqual(
        found,
        numbers.map(([key, whole, double]) => [key, whole, 0 + Number(double)]),
      )
    })

    law('odd texts are told apart and stand as they are', async ({ processor, keyset, rows }) => {
      const texts = [
        '',
        ' ',
        'a',
        'A',
        'a ',
        'ä',
        'a\u0308',
        "it's",
        '"x"',
        '\\',
        "\\'; drop table names; --",
        'ß',
        'ss',
      ]
      const more = ['😀', 'new\nline', '\t', '$1', '?', '%', '{a,b}', 'NULL', 'null', '\u2028', 'İ', '١', '\u{10ffff}']
      const all = [...texts, ...more]
      const odd = all.map((text, at) => [text, at, 0])
      await processor({ mode: 'replace' }).write([await keyset({ ...LAST, rows: odd })], runOf(`it's "@1" 😀`))
      const found = new Map((await rows('names')).map(([key, at]) => [key, at]))
      assert.deepEqual(found, new Map(all.map((text, at) => [text, at])))
      const nul = [
        ['a\0b', 1, 0],
        ['half \ud83d pair', 2, 0],
      ]
      await processor({ mode: 'replace' }).write([await keyset({ ...LAST, table: 'nul', rows: nul })], runOf('n@2'))
      assert.deepEqual(new Set((await rows('nul')).map(([key]) => key)), new Set([under.nul, 'half \ufffd pair']))
    })

    law('names are quoted, whatever they are', async ({ processor, keyset, rows }) => {
      const odd = {
        key: ['the "key"', 'order'],
        values: { 'a`b; --': 'integer', '? $1 é': 'number' },
        table: "group's `x`",
      } as const
      for (const [id, mode] of [
        ['n@1', 'replace'],
        ['n@2', 'add'],
      ] as const) {
        await processor({ mode }).write([await keyset({ ...odd, rows: [['a', 'b', 1, 0.5]] })], runOf(id))
      }
      assert.deepEqual(await rows(odd.table), [['a', 'b', 2, 1]])
    })

    law('what no number can be is text, unless types says more', async ({ processor, keyset, rows }) => {
      const made = { key: ['last'], values: { flag: 'any', rank: 'any', share: 'integer' } } as const
      const { write } = processor({ mode: 'replace', types: { rank: 'integer', share: 'number' } })
      await write([await keyset({ ...made, rows: [['a', 'yes', '12', 1]] })], runOf('n@1'))
      const later = { ...made, values: { ...made.values, share: 'number' } } as const
      await write([await keyset({ ...later, rows: [['b', null, null, 0.5]] })], runOf('n@2'))
      assert.deepEqual(await rows('names', 'last'), [
        ['a', 'yes', 12, 1],
        ['b', null, null, 0.5],
      ])
    })

    law('a table of another shape is told, with all that is wrong, and nothing is written', async (scratch) => {
      await scratch.execute(
        'create table "names" ("last" varchar(20) not null primary key, "paid" varchar(20), "must" varchar(20) not null)',
      )
      const results = [
        await scratch.keyset({ ...LAST, table: 'fresh', rows: [['a', 1, 1]] }),
        await scratch.keyset({ ...LAST, rows: [['a', 1, 1]] }),
      ]
      const error = await rejection(scratch.processor({ mode: 'append' }).write(results, runOf('n@1')))
      assert.match(
        error.message,
        /table 'names' .*: it has no column 'count' \(integer\); its column 'paid' is .*, and number is to be written/,
      )
      assert.match(error.message, /no column 'hob_run'.*'must' has no default/)
      assert.ok(!(await scratch.tables()).includes('fresh'))
      assert.deepEqual(await scratch.rows('hob_runs').catch(() => []), [])
    })

    law('two keysets share a table when they have the same columns', async ({ processor, keyset, rows, tables }) => {
      const { write } = processor({ mode: 'add' })
      const [one, same] = [
        await keyset({ ...LAST, rows: [['a', 1, 1]] }),
        await keyset({ ...LAST, rows: [['a', 2, 2]] }),
      ]
      const other = await keyset({ key: ['last'], values: { sum: 'integer' }, rows: [['a', 1]] })
      assert.match((await rejection(write([one, other], runOf('n@1')))).message, /two keysets of this rule have it/)
      assert.ok(!(await tables()).includes('names'))
      await write([one, same], runOf('n@2'))
      assert.deepEqual(await rows('names'), [['a', 3, 3]])
    })

    law('a table without the key is told; one with more columns is written', async (scratch) => {
      await scratch.execute('create table "names" ("last" varchar(20), "count" bigint, "paid" double precision)')
      const result = await scratch.keyset({ ...LAST, rows: [['a', 1, 1]] })
      const error = await rejection(scratch.processor({ mode: 'replace' }).write([result], runOf('n@1')))
      assert.match(error.message, /it has no primary key \(last\)/)
      await scratch.execute('alter table "names" add column "hob_run" varchar(200)')
      await scratch.execute('alter table "names" add column "own" varchar(20) default \'mine\'')
      await scratch.processor({ mode: 'append' }).write([result], runOf('n@1'))
      assert.deepEqual(await scratch.rows('names'), [['a', 1, 1, 'n@1', 'mine']])
    })

    law(
      'a value that its column cannot hold is told, and nothing of the run stands',
      async ({ processor, keyset, rows }) => {
        const good = await keyset({ ...LAST, rows: [['a', 1, 1]] })
        const bad = await keyset({
          key: ['last'],
          values: { note: 'any' },
          table: 'other',
          rows: [
            ['a', '7'],
            ['b', 'x'],
          ],
        })
        const { write } = processor({ mode: 'replace', types: { note: 'integer' } })
        await rejection(write([good, bad], runOf('n@1')))
        assert.deepEqual(await rows('names').catch(() => []), [])
        assert.deepEqual(await rows('hob_runs').catch(() => []), [])
        await write([good], runOf('n@1'))
        assert.deepEqual(await rows('names'), [['a', 1, 1]])
      },
    )

    law('a key that is null is told, and nothing stands', async ({ processor, keyset, rows }) => {
      const bad = await keyset({
        ...LAST,
        rows: [
          ['a', 1, 1],
          [null, 1, 1],
        ],
      })
      await rejection(processor({ mode: 'replace' }).write([bad], runOf('n@1')))
      assert.deepEqual(await rows('names').catch(() => []), [])
    })

    law('NaN is what the database makes of it', async ({ processor, keyset, rows }) => {
      await processor({ mode: 'replace' }).write(
        [await keyset({ ...LAST, rows: [['a', 1, Number.NaN]] })],
        runOf('n@1'),
      )
      assert.deepEqual(await rows('names'), [['a', 1, under.nan]])
    })

    law('a write that is told to stop stops, and nothing stands', async ({ processor, keyset, rows }) => {
      const endless = await keyset({ ...LAST, rows: Array.from({ length: 60_000 }, (_, at) => [`k${at}`, 1, 0.5]) })
      // While it connects, while it looks, and while it writes.
      for (const afterMs of [0, 5, 15, 30, 60]) {
        const stop = new AbortController()
        const writing = processor({ mode: 'replace' }).write([endless], runOf('n@1', stop.signal))
        setTimeout(() => stop.abort(), afterMs)
        await assert.rejects(writing, { name: 'AbortError' })
        assert.deepEqual(await rows('hob_runs').catch(() => []), [])
      }
      const { write } = processor({ mode: 'replace' })
      await assert.rejects(write([endless], runOf('n@1', AbortSignal.abort())), { name: 'AbortError' })
      await write([endless], runOf('n@1'))
      assert.equal((await rows('names')).length, 60_000)
    })

    law('a writer that is killed in the middle leaves nothing or all, and the next leaves all', async (scratch) => {
      await killedWrites(scratch)
      assert.ok(under.makesTablesWithin || (await scratch.tables()).includes('names'))
    })

    law('a result is written as it comes from its Parquet file', async ({ processor, rows }) => {
      const folder = await mkdtemp(join(tmpdir(), 'hob-result-'))
      const duck = await Duck.open({ memoryBytes: 128 * 2 ** 20, threads: 1, folder })
      try {
        const shape = {
          key: ['last'],
          values: { ...LAST.values, note: 'any' },
          rows: [],
          file: join(folder, 'r.parquet'),
        } as const
        const result = { ...keysetRows(shape), rowCount: 2 }
        const given = [
          ['a', 2n ** 62n, 0.1, 'x "y"'],
          ['b', 7, null, null],
        ]
        await writeParquet(shape.file, result.columns, given)
        await processor({ mode: 'replace' }).write([openResult(result, duck)], runOf('n@1'))
        assert.deepEqual(await rows('names', 'count desc'), given)
      } finally {
        await duck.close()
        await rm(folder, { recursive: true })
      }
    })

    law('ten times the rows take no more memory', async (scratch) => {
      const few = await peakOf(scratch, 20_000)
      const many = await peakOf(scratch, 200_000)
      assert.equal((await scratch.rows('names')).length, 200_000)
      assert.ok(many - few < 100 * 2 ** 20, `${few} and then ${many} bytes`)
    })

    test('where nobody answers it says so, in bounded time, and without a password', async () => {
      const scratch = await under.open()
      try {
        const since = performance.now()
        const { name, write } = under.lost()
        const error = await rejection(write([await scratch.keyset({ ...LAST, rows: [['a', 1, 1]] })], runOf('n@1')))
        assert.ok(performance.now() - since < 5_000)
        assert.ok((error.hint ?? '').length > 10)
        for (const text of [name, error.message, error.hint]) assert.doesNotMatch(String(text), /secret/)
      } finally {
        await scratch.dispose()
      }
    })
  })
}

/** The error that a write ends with. */
export async function rejection(writing: Promise<void>): Promise<RuleError> {
  const error = await writing.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  assert.ok(error instanceof RuleError, `no RuleError: ${String(error)}`)
  assert.equal(error.code, 'warehouse')
  return error
}
