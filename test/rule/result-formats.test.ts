import assert from 'node:assert/strict'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rule } from '#hob/rule/definition.js'
import { copyCsv } from '#hob/rule/result/csv-copy.js'
import { Duck } from '#hob/rule/result/duck.js'
import { parquetRows } from '#hob/rule/result/parquet-rows.js'
import { writeResult } from '#hob/rule/result/write-result.js'
import type { ResultFile } from '#hob/rule/result-file.js'
import { type Kitchenette, openDuck, resultsOf, rowsOf, textOf } from '../support/rule/result.js'
import { spillEntries } from '../support/rule/spills.js'

let kitchenette: Kitchenette
let files = 0

beforeAll(async () => {
  kitchenette = await openDuck()
})
afterAll(() => kitchenette.close())

const ODD_KEYS = [
  '',
  '\\N',
  'NULL',
  '"',
  'a,b',
  'a\nb',
  'a\r\nb',
  'nul\0',
  '#',
  ' a',
  "it's",
  '\ufeffa',
  '😀',
  'Términos',
  '\t',
  '\u0001',
]

/** The result of records of a key and a number. */
async function summed(entries: readonly (readonly [string, number])[]): Promise<ResultFile> {
  const definition = rule({ name: 'sums', keyParts: ['last'], valueParts: ['count'] })
  const [keyset] = definition.keysets
  assert.ok(keyset)
  const given = entries.map(([key, value]) => ({ key: [key], values: [value] }))
  const [result] = await resultsOf(kitchenette, definition, [
    spillEntries(kitchenette.folder, `f${++files}`, keyset, given),
  ])
  assert.ok(result)
  return result
}

const NAMES = [
  ['Simpson', 5],
  ['Nahasapeemapetilon', 3],
  ['Términos', 1],
  ['Powell', 3],
] as const

test('CSV is the header and sorted lines, with quotes only where they are needed', async () => {
  assert.equal(
    await textOf(kitchenette, await summed(NAMES), 'csv'),
    'last,count\nNahasapeemapetilon,3\nPowell,3\nSimpson,5\nTérminos,1\n',
  )
  const odd = await summed(ODD_KEYS.map((key) => [key, 1]))
  const lines = [
    '"",1',
    '\u0001,1',
    '\t,1',
    ' a,1',
    '"""",1',
    '#,1',
    'NULL,1',
    '\\N,1',
    '"a\nb",1',
    '"a\r\nb",1',
    '"a,b",1',
    "it's,1",
    'nul\0,1',
    'Términos,1',
    '\ufeffa,1',
    '😀,1',
  ]
  assert.deepEqual(
    (await textOf(kitchenette, odd, 'csv'))
      .slice(11)
      .split(/(?<=,1)\n/)
      .slice(0, -1)
      .sort(),
    lines.sort(),
  )
})

test('CSV that DuckDB writes has the same bytes as that of JavaScript', async () => {
  const tame = fc.oneof(
    fc.integer(),
    fc.double({ noNaN: true, min: 0.001, max: 1e12 }),
    fc.double({ noNaN: true, min: -1e12, max: -0.001 }),
    fc.constantFrom(0, 0.1, 1e-4),
  )
  const wild = fc.constantFrom(1e-5, 1e-7, 1e21, 1e300, 2 ** 53, 2 ** 60, 5e-324)
  const key = fc.oneof(fc.constantFrom(...ODD_KEYS), fc.string({ unit: 'grapheme', maxLength: 5 }))
  const entriesWith = (value: fc.Arbitrary<number>) => fc.array(fc.tuple(key, value), { maxLength: 20 })
  const entriesOf = fc.oneof(entriesWith(tame), entriesWith(tame), entriesWith(fc.oneof(tame, wild)))
  let copies = 0
  await fc.assert(
    fc.asyncProperty(entriesOf, async (entries) => {
      const result = await summed(entries)
      const copy = join(kitchenette.folder, 'copy.csv')
      if (!(await copyCsv(kitchenette.duck, result, copy))) return
      copies++
      assert.equal(`last,count\n${readFileSync(copy, 'utf8')}`, await textOf(kitchenette, result, 'csv'))
    }),
    { numRuns: 25 },
  )
  assert.ok(copies > 4)
})

test('many rows are written by DuckDB, to a file or a stream', async () => {
  const entries = Array.from({ length: 25_000 }, (_, at) => [`k${String(at).padStart(5, '0')}`, at] as const)
  const result = await summed(entries)
  const text = `last,count\n${entries.map((entry) => entry.join(',')).join('\n')}\n`
  assert.equal(await textOf(kitchenette, result, 'csv'), text)
  const file = join(kitchenette.folder, "it's.csv")
  await writeResult(kitchenette.duck, result, 'csv', file)
  assert.equal(readFileSync(file, 'utf8'), text)
  assert.match(
    await textOf(kitchenette, result, 'table'),
    /^last {4}count\n-{6} {2}-{5}\nk00000 {6}0\n[\s\S]*… 24,000 more\n$/,
  )
})

test('a table is for people: aligned by what is seen, and harmless to a terminal', async () => {
  const result = await summed([
    ['日本', 12],
    ['\u001b[31mred', 3],
    ['a', 1.5],
  ])
  assert.equal(
    await textOf(kitchenette, result, 'table'),
    'last           count\n-------------  -----\n\\u001b[31mred      3\na                1.5\n日本              12\n',
  )
})

test('JSON keeps the digits of whole numbers beyond 2^53', async () => {
  const result = await summed([
    ['a', 2 ** 53 - 1],
    ['a', 2 ** 53 - 1],
    ['b"', 1],
  ])
  assert.deepEqual(await rowsOf(kitchenette, result), [
    ['a', 2n ** 54n - 2n],
    ['b"', 1],
  ])
  assert.equal(
    await textOf(kitchenette, result, 'json'),
    '[\n  {"last":"a","count":18014398509481982},\n  {"last":"b\\"","count":1}\n]\n',
  )
  assert.equal(
    await textOf(kitchenette, result, 'jsonl'),
    '{"last":"a","count":18014398509481982}\n{"last":"b\\"","count":1}\n',
  )
  const none = await summed([])
  assert.equal(await textOf(kitchenette, none, 'json'), '[]\n')
  assert.equal(await textOf(kitchenette, none, 'csv'), 'last,count\n')
})

test('sums beyond 64 bits stay exact', async () => {
  const values = Array.from({ length: 2_048 }, () => ['a', 2 ** 53 - 1] as const)
  const result = await summed(values)
  assert.deepEqual(await rowsOf(kitchenette, result), [['a', (2n ** 53n - 1n) * 2_048n]])
})

test('a key of 1 MiB of quotes comes out as it went in', async () => {
  const key = '"'.repeat(1024 * 1024)
  const result = await summed([
    [key, 1],
    ['x'.repeat(1024 * 1024), 2],
    [key, 1],
  ])
  assert.deepEqual(await rowsOf(kitchenette, result), [
    [key, 2],
    ['x'.repeat(1024 * 1024), 2],
  ])
})

test('a reader that goes away ends the writing without an error', async () => {
  const result = await summed(Array.from({ length: 25_000 }, (_, at) => [`k${at}`, at]))
  const out = new Writable({
    highWaterMark: 10,
    write(_chunk, _encoding, done) {
      done(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }))
    },
  })
  await writeResult(kitchenette.duck, result, 'csv', out)
})

test('a file that cannot be written leaves nothing behind', async () => {
  const result = await summed(NAMES)
  const file = join(kitchenette.folder, 'nowhere', 'x.csv')
  await expect(writeResult(kitchenette.duck, result, 'csv', file)).rejects.toMatchObject({ code: 'fault' })
  assert.equal(existsSync(file), false)
  assert.deepEqual(
    readdirSync(kitchenette.folder).filter((name) => name.endsWith('.part')),
    [],
  )
})

test('Parquet is read as records, in order, whatever is in it', async () => {
  const file = join(kitchenette.folder, "odd '[x]*.parquet")
  await kitchenette.duck.run(`COPY (SELECT * FROM (VALUES
    ('\uFEFFt', 1::BIGINT, 9007199254740993::BIGINT, 1.5::DOUBLE, true, DATE '2026-01-31', TIMESTAMP '2026-01-31 12:00:00.5', TIMESTAMPTZ '2026-01-31 12:00:00+01',
      [1, 2], {'a': 'x', 'b': 2::BIGINT}, '{"n":[1]}'::JSON, 'ab'::BLOB, 1.25::DECIMAL(10, 2), 12345678901234567890.5::DECIMAL(30, 1), MAP {'k': 1}),
    (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL))
    AS t(text, small, big, double, yes, day, time, instant, list, struct, json, bytes, money, long, map)) TO '${file.replaceAll("'", "''")}' (FORMAT parquet)`)
  const rows = []
  for await (const batch of parquetRows(kitchenette.duck, file)) rows.push(...batch)
  assert.deepEqual(JSON.parse(JSON.stringify(rows[0])), {
    text: '\uFEFFt',
    small: 1,
    big: '9007199254740993',
    double: 1.5,
    yes: true,
    day: '2026-01-31',
    time: '2026-01-31T12:00:00.5',
    instant: '2026-01-31T11:00:00Z',
    list: [1, 2],
    struct: { a: 'x', b: 2 },
    json: { n: [1] },
    bytes: 'YWI=',
    money: 1.25,
    long: '12345678901234567890.5',
    map: { k: 1 },
  })
  assert.ok(rows[1] !== undefined && Object.values(rows[1]).every((value) => value === null))
})

test('a result can be the input of another rule', async () => {
  const result = await summed(NAMES)
  const rows = []
  for await (const batch of parquetRows(kitchenette.duck, result.file)) rows.push(...batch)
  assert.deepEqual(rows[0], { last: 'Nahasapeemapetilon', count: 3 })
})

test('what is no Parquet is told with its name', async () => {
  const read = async (file: string) => {
    for await (const _ of parquetRows(kitchenette.duck, file)) assert.fail('no rows')
  }
  await expect(read(join(kitchenette.folder, 'missing.parquet'))).rejects.toMatchObject({ code: 'input' })
  await expect(read(import.meta.filename)).rejects.toMatchObject({ code: 'input' })
})

test('what is spilled has a bound, a full disk is told plainly, and closing removes all', async () => {
  const folder = await mkdtemp(join(kitchenette.folder, 'spilled-'))
  const duck = await Duck.open({ memoryBytes: 64 * 1024 * 1024, threads: 2, folder, diskBytes: 1024 * 1024 })
  const spilling = 'CREATE TABLE t AS SELECT range AS a, md5(range::VARCHAR) AS b FROM range(2000000)'
  await expect(duck.run(spilling)).rejects.toThrow('the disk is full')
  await expect(duck.run(`COPY (SELECT range FROM range(1000000)) TO '/dev/full' (FORMAT csv)`)).rejects.toMatchObject({
    message: 'the disk is full, or its share for intermediate files is used up',
  })
  await duck.close()
  await duck.close()
  assert.deepEqual(readdirSync(folder), [])
})

test('what has not spilled is taken to other work, with other memory and another folder', async () => {
  const [first, second] = [join(kitchenette.folder, 'first'), join(kitchenette.folder, 'second')]
  for (const folder of [first, second]) await mkdir(folder)
  const room = { memoryBytes: 64 * 1024 * 1024, threads: 1 }
  const duck = await Duck.open({ ...room, folder: first })
  await duck.run('SELECT 1')
  assert.ok(duck.isAtRest)
  await rm(first, { recursive: true })
  await duck.move({ memoryBytes: 96 * 1024 * 1024, threads: 2, folder: second })
  const settings = `SELECT current_setting('threads'), current_setting('memory_limit')`
  assert.deepEqual(await duck.all(settings), [[2n, '96.0 MiB']])
  await duck.run('CREATE TABLE t AS SELECT range AS a, md5(range::VARCHAR) AS b FROM range(3000000)')
  assert.equal(readdirSync(second).length, 1)
  assert.ok(!duck.isAtRest)
  await duck.close()
  assert.deepEqual(readdirSync(second), [])
  assert.ok(!duck.isAtRest)
})

test('one that has functions in JavaScript ends with its work', async () => {
  const duck = await Duck.open({ memoryBytes: 64 * 1024 * 1024, threads: 1, folder: kitchenette.folder })
  duck.learnExactSums()
  duck.learnExactSums()
  assert.deepEqual(await duck.all('SELECT exact_number(1::HUGEINT, (2::HUGEINT ** 73)::HUGEINT, [0.25])'), [[1.75]])
  assert.ok(!duck.isAtRest)
  await duck.close()
})
