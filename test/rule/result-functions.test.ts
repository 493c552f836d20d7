import assert from 'node:assert/strict'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { rule } from '#hob/rule/definition.js'
import type { Parts, PartsFunction, RuleOptions } from '#hob/rule/rule.js'
import { type Kitchenette, openDuck, resultsOf, rowsOf, textOf } from '../support/rule/result.js'
import { spillEntries, spillPairs } from '../support/rule/spills.js'

let kitchenette: Kitchenette
let files = 0

beforeAll(async () => {
  kitchenette = await openDuck()
})
afterAll(() => kitchenette.close())

/** The result of records of a key and a number. */
async function grouped(options: Partial<RuleOptions>, entries: readonly (readonly [string, number])[]) {
  const definition = rule({ name: 'sums', keyParts: ['key'], valueParts: ['v'], ...options })
  const [keyset] = definition.keysets
  assert.ok(keyset)
  const given = entries.map(([key, value]) => ({ key: [key], values: [value] }))
  const [result] = await resultsOf(kitchenette, definition, [
    spillEntries(kitchenette.folder, `f${++files}`, keyset, given),
  ])
  assert.ok(result)
  return { result, rows: await rowsOf(kitchenette, result) }
}

/** The result of pairs, given by map task. */
async function reduced(options: Partial<RuleOptions>, tasks: readonly (readonly (readonly [unknown, unknown])[])[]) {
  const definition = rule({ name: 'words', map: () => [], columns: ['word', 'all'], reduce: () => [], ...options })
  const spills = tasks.map((pairs) =>
    spillPairs(
      kitchenette.folder,
      `f${++files}`,
      pairs.map(([key, value]) => [JSON.stringify(key), JSON.stringify(value)]),
    ),
  )
  const [result] = await resultsOf(kitchenette, definition, spills)
  assert.ok(result)
  return { result, rows: await rowsOf(kitchenette, result) }
}

test('partsPostprocess sees rows in the order of keys, and gives none, one or many', async () => {
  const seen: string[] = []
  const { result, rows } = await grouped(
    {
      columnMappings: { key: 'Name', twice: 'Twice' },
      partsPostprocess: [
        (row) => {
          seen.push(String(row.key))
          return row.key === 'b' ? null : { ...row, twice: Number(row.v) * 2 }
        },
        function* (row: Parts): Generator<Parts> {
          yield row
          if (row.key === 'c') yield { ...row, key: 'c again', v: undefined }
        },
      ],
    },
    [
      ['c', 3],
      ['b', 2],
      ['a', 1],
      ['a', 0.5],
    ],
  )
  assert.deepEqual(seen, ['a', 'b', 'c'])
  assert.deepEqual(result.columns, [
    { name: 'Name', type: 'text' },
    { name: 'v', type: 'number' },
    { name: 'Twice', type: 'integer' },
  ])
  assert.deepEqual(result.keyColumns, ['Name'])
  assert.deepEqual(rows, [
    ['a', 1.5, 3],
    ['c', 3, 6],
    ['c again', null, 6],
  ])
})

test('what functions make has the same types and bytes for any number of partitions', async () => {
  const values = [
    'x',
    'é"',
    true,
    null,
    12,
    2n ** 70n,
    1.5,
    ['l', 1],
    { a: 1n, __proto__x: 2 },
    new Date(0),
    Number.NaN,
    '',
  ]
  const texts = new Set<string>()
  for (const partitions of [1, 3]) {
    const { result, rows } = await grouped(
      {
        partitions,
        partsPostprocess: [
          (row) => ({
            ...row,
            mixed: values[Number(row.v)],
            [`only${Number(row.v) % 3}`]: BigInt(10) ** BigInt(Number(row.v) * 3),
          }),
        ],
      },
      values.map((_, at) => [`k${at}`, at]),
    )
    assert.deepEqual(
      result.columns.slice(2).map(({ type }) => type),
      ['any', 'integer', 'integer', 'integer'],
    )
    const mixed = new Map(rows.map(([key, , value]) => [key, value]))
    const kept = [
      'x',
      'é"',
      true,
      null,
      12,
      2n ** 70n,
      1.5,
      '["l",1]',
      '{"a":1,"__proto__x":2}',
      '1970-01-01T00:00:00.000Z',
      null,
      '',
    ]
    assert.deepEqual(
      values.map((_, at) => mixed.get(`k${at}`)),
      kept,
    )
    for (const format of ['csv', 'json', 'jsonl', 'table'] as const)
      texts.add(`${format}${await textOf(kitchenette, result, format)}`)
  }
  assert.equal(texts.size, 4)
})

test('a postprocess that throws, or gives what is no row, fails the run with its name and its row', async () => {
  const named = function halve(): Parts {
    throw new Error('no half')
  }
  await expect(grouped({ partsPostprocess: [named] }, [['a', 1]])).rejects.toMatchObject({
    code: 'function',
    message: `halve of the rule failed on {"key":"a","v":1}: no half`,
  })
  await expect(grouped({ partsPostprocess: [() => 'row' as unknown as Parts] }, [['a', 1]])).rejects.toThrow(
    'it gave string row, which is no row',
  )
  const waits = async (row: Parts): Promise<Parts> => row
  await expect(grouped({ partsPostprocess: [waits as unknown as PartsFunction] }, [['a', 1]])).rejects.toThrow(
    'waits of the rule',
  )
  await expect(grouped({ partsPostprocess: [(row) => ({ ...row, V: 1 })] }, [['a', 1]])).rejects.toThrow(`'v' and 'V'`)
})

test('a partition function must give a partition', async () => {
  await expect(grouped({ partitions: 2, partition: () => 2 }, [['a', 1]])).rejects.toThrow(
    'gave 2 for ["a"]: no whole number from 0 to 1',
  )
})

test('reduce takes each key once, with its values sorted and as they are asked for', async () => {
  const { result, rows } = await reduced(
    {
      reduce: (key, values) => [{ word: key, all: [...values] }],
    },
    [
      [
        ['b', 2],
        ['a', { n: 1 }],
        ['\t"\n', null],
        ['a', 10],
      ],
      [
        ['a', 9],
        [['list'], 'x\u0000y'],
      ],
    ],
  )
  assert.deepEqual(rows, [
    ['\t"\n', '[null]'],
    ['a', '[10,9,{"n":1}]'],
    ['b', '[2]'],
    ['["list"]', '["x\\u0000y"]'],
  ])
  assert.deepEqual(
    result.columns.map(({ type }) => type),
    ['any', 'any'],
  )
  assert.equal((await textOf(kitchenette, result, 'jsonl')).split('\n')[1], '{"word":"a","all":[10,9,{"n":1}]}')
})

test('a reduce that looks at some values only is still called once for each key, in any partition', async () => {
  for (const partitions of [1, 3]) {
    const { rows } = await reduced(
      {
        partitions,
        *reduce(key, values) {
          for (const value of values) {
            if (key !== 2) yield { word: key, all: value }
            break
          }
        },
      },
      [Array.from({ length: 100 }, (_, at) => [at % 5, at] as const)],
    )
    assert.deepEqual(rows, [
      [0, 0],
      [1, 1],
      [3, 13],
      [4, 14],
    ])
  }
})

test('a reduce that throws or yields a column that nobody named says so', async () => {
  const throws = () => {
    throw new Error('too many')
  }
  await expect(reduced({ reduce: throws }, [[['a', 1]]])).rejects.toMatchObject({
    code: 'function',
    message: 'reduce at the key "a" failed: too many',
  })
  await expect(reduced({ reduce: () => [{ wrd: 1 }] }, [[['a', 1]]])).rejects.toThrow(
    `'wrd', which columns do not name: did you mean word?`,
  )
  await expect(reduced({ reduceInit: throws }, [[['a', 1]]])).rejects.toThrow('reduceInit failed: too many')
})

test('pairs of any JSON come together as in plain JavaScript', async () => {
  const pair = fc.tuple(
    fc.oneof(fc.string({ maxLength: 3 }), fc.integer({ min: 0, max: 3 }), fc.constant(null)),
    fc.jsonValue({ maxDepth: 1 }),
  )
  await fc.assert(
    fc.asyncProperty(fc.array(pair, { maxLength: 30 }), fc.constantFrom(1, 3), async (pairs, partitions) => {
      const { rows } = await reduced(
        { partitions, reduce: (key, values) => [{ word: JSON.stringify(key), all: JSON.stringify([...values]) }] },
        [pairs.filter((_, at) => at % 2 === 0), pairs.filter((_, at) => at % 2 === 1)],
      )
      const byKey = new Map<string, string[]>()
      for (const [key, value] of pairs)
        byKey.set(JSON.stringify(key), [...(byKey.get(JSON.stringify(key)) ?? []), JSON.stringify(value)])
      const bytewise = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b))
      const all = [...byKey]
        .sort(([a], [b]) => bytewise(a, b))
        .map(([key, values]) => [
          key,
          `[${values
            .sort(bytewise)
            .map((text) => JSON.stringify(JSON.parse(text)))
            .join(',')}]`,
        ])
      assert.deepEqual(rows, all)
    }),
    { numRuns: 15 },
  )
})
