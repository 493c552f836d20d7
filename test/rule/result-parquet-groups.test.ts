import assert from 'node:assert/strict'
import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { parquet, rule } from '#hob/index.js'
import { exactTotal } from '#hob/rule/exact-sum.js'
import type { GroupScan } from '#hob/rule/groups/group-plan.js'
import { ParquetScanner } from '#hob/rule/groups/parquet-groups.js'
import { takeSample } from '#hob/rule/groups/sample.js'
import type { ScannedGroup, ScannedValue } from '#hob/rule/groups/scanned.js'
import { numberOf } from '#hob/rule/number-of.js'
import { parquetRows } from '#hob/rule/result/parquet-rows.js'
import { literalPath } from '#hob/rule/result/sql-text.js'
import type { Parts } from '#hob/rule/rule.js'
import { type Kitchenette, openDuck } from '../support/rule/result.js'

let kitchenette: Kitchenette
let files = 0

beforeAll(async () => {
  kitchenette = await openDuck()
})
afterAll(() => kitchenette.close())

/** Values of each type as SQL writes them, ugly ones too. */
const VALUES: Readonly<Record<string, readonly string[]>> = {
  BOOLEAN: ['true', 'false'],
  TINYINT: ['0', '-128', '127'],
  UINTEGER: ['0', '4294967295'],
  INTEGER: ['0', '1', '-2147483648'],
  BIGINT: ['1', '9007199254740991', '9007199254740992', '-9007199254740993', '9223372036854775807'],
  UBIGINT: ['1', '9007199254740993', '18446744073709551615'],
  HUGEINT: ['3', '170141183460469231731687303715884105727', '-170141183460469231731687303715884105727'],
  UHUGEINT: ['3', '340282366920938463463374607431768211455'],
  FLOAT: ['0.1', '-0.0e0', '0', '3e38', '1e-45'],
  DOUBLE: [
    ...[
      '0',
      '-0.0e0',
      '0.1',
      '0.2',
      '-0.3',
      '2500.99',
      '1e15',
      '9007199254740993',
      '1e300',
      '-1e300',
      '5e-324',
      '1e-30',
    ],
    ...['1.7976931348623157e308', "'nan'", "'inf'", "'-inf'", '9223372036854775807', '-9223372036854775808', '4e-19'],
  ],
  'DECIMAL(9,2)': ['0.10', '-0.20', '1234567.89'],
  'DECIMAL(18,4)': ['0.1', '99999999999.9999', '-12345678901234.5678', '100000000000'],
  'DECIMAL(38,20)': ['0.1', '123456789012345678.12345678901234567890', '-0.00000000000000000001'],
  VARCHAR: [
    ...["''", "'a'", "'A'", "'a '", "'\uFEFFa'", "'é'", "'12'", "' 12 '", "'0x10'", "'1e5'", "'.5'", "'6.'", "'+3'"],
    ...[
      "'-0'",
      "'1_000'",
      "'inf'",
      "'nan'",
      "'007'",
      "'12.50'",
      "'１２'",
      "'123456789012345678901234567890'",
      "'1e999'",
    ],
    ...[
      "'999999999999999.999999999999999'",
      "'12\n'",
      "'-0.1'",
      "'--1'",
      "'5 apples'",
      "'\u00a07'",
      "'12,50'",
      "'2026-01-31'",
    ],
    ...["'\t12\r'", "'1E-5 '", "'5e'", "'e5'", "'.'", "'+.5e+2'", "'1 2'", "'٣'", "' 12\uFEFF'", "'12\f'"],
  ],
  DATE: ["'2026-01-31'", "'0001-01-01'"],
  TIME: ["'12:00:00'", "'12:00:00.5'"],
  TIMESTAMP: ["'2026-01-31 12:00:00'", "'2026-01-31 12:00:00.25'"],
  TIMESTAMP_NS: ["'2026-01-31 12:00:00.000000001'"],
  TIMESTAMPTZ: ["'2026-01-31 12:00:00+01'", "'2026-01-31 11:00:00Z'", "'2026-01-31 12:00:00Z'"],
  UUID: ["'00000000-0000-0000-0000-000000000001'"],
  BLOB: ["'1234'", "'ab'"],
  JSON: ["'null'", "'1'", '\'{"a":[1]}\'', '\'"x"\''],
}

const TYPES = Object.keys(VALUES)

/** Writes a Parquet file of columns c0, c1 … */
async function fileOf(types: readonly string[], rows: readonly (readonly string[])[]): Promise<string> {
  const file = join(kitchenette.folder, `g${++files}.parquet`)
  const cells = rows.map((row) => `(${row.map((cell, at) => `CAST(${cell} AS ${types[at]})`).join(', ')})`)
  const names = types.map((_, at) => `c${at}`)
  const table = `(VALUES ${cells.join(', ')}) AS t(${names.join(', ')})`
  await kitchenette.duck.run(`COPY (SELECT * FROM ${table}) TO ${literalPath(file)} (FORMAT parquet)`)
  return file
}

interface Group {
  readonly fields: readonly unknown[]
  readonly count: number
  readonly values: readonly Total[]
}

interface Total {
  readonly present: number
  readonly numbers: number
  readonly sum: number | bigint
  readonly min: number
  readonly max: number
}

/** A name for what functions are given; NaN, -0 and what is missing are told apart. */
const nameOf = (fields: readonly unknown[]): string =>
  JSON.stringify(fields, (_, value: unknown) =>
    typeof value === 'number' ? (Object.is(value, -0) ? '-0' : `n${value}`) : value === undefined ? 'missing' : value,
  )

const byName = (groups: readonly Group[]): ReadonlyMap<string, Group> =>
  new Map(groups.map((group) => [nameOf(group.fields), group]))

async function scanned(file: string, scan: GroupScan): Promise<readonly Group[] | null> {
  const made = await new ParquetScanner(async () => kitchenette.duck).open(file, scan)
  if (made === null) return null
  const counts = await made.run()
  const groups = new Map<string, ScannedGroup>()
  let [rows, count] = [0, 0]
  for await (const batch of made.groups()) {
    rows += batch.reduce((sum, group) => sum + group.count, 0)
    count += batch.length
    for (const group of batch) {
      const name = nameOf(group.fields)
      groups.set(name, together(groups.get(name), group))
    }
  }
  await made.close()
  assert.deepEqual({ rows, groups: count }, { rows: counts.rows, groups: counts.groups })
  return [...groups.values()].map(({ fields, count, values }) => ({ fields, count, values: values.map(totalOf) }))
}

/** Groups may meet: of JSON that is null, and of none. */
function together(known: ScannedGroup | undefined, group: ScannedGroup): ScannedGroup {
  if (known === undefined) return group
  const values = group.values.map((value, at) => {
    const other = known.values[at] ?? value
    return {
      present: value.present + other.present,
      numbers: value.numbers + other.numbers,
      whole: BigInt(value.whole) + BigInt(other.whole),
      doubles: [...value.doubles, ...other.doubles],
      min: extreme(Math.min, value.min, other.min),
      max: extreme(Math.max, value.max, other.max),
    }
  })
  return { fields: group.fields, count: group.count + known.count, values }
}

const extreme = (of: (...numbers: number[]) => number, ...numbers: readonly number[]): number => {
  const there = numbers.filter((number) => !Number.isNaN(number))
  return there.length === 0 ? Number.NaN : of(...there)
}

function totalOf({ present, numbers, whole, doubles, min, max }: ScannedValue): Total {
  return { present, numbers, sum: exactTotal(BigInt(whole), doubles), min, max }
}

/** The same of the records that the row path is given. */
async function grouped(file: string, { fields, values }: GroupScan): Promise<readonly Group[]> {
  const records = new Map<string, Parts[]>()
  for await (const batch of parquetRows(kitchenette.duck, file)) {
    for (const record of batch) {
      const name = nameOf((fields ?? []).map((field) => record[field]))
      records.set(name, [...(records.get(name) ?? []), record])
    }
  }
  return [...records.values()].map((list) => ({
    fields: (fields ?? []).map((field) => list[0]?.[field]),
    count: list.length,
    values: values.map(({ part, isNumber }) => {
      const there = list.map((record) => record[part]).filter((value) => value !== null && value !== undefined)
      const numbers = there.map(isNumber ? numberOf : () => null).filter((number) => number !== null)
      const doubles = numbers.map(Number)
      return {
        present: there.length,
        numbers: numbers.length,
        sum: exactTotal(0n, doubles),
        min: doubles.length === 0 ? Number.NaN : doubles.reduce((a, b) => Math.min(a, b)),
        max: doubles.length === 0 ? Number.NaN : doubles.reduce((a, b) => Math.max(a, b)),
      }
    }),
  }))
}

const tables = fc.array(fc.constantFrom(...TYPES), { minLength: 1, maxLength: 5 }).chain((types) =>
  fc.record({
    types: fc.constant(types),
    rows: fc.array(fc.tuple(...types.map((type) => fc.constantFrom('NULL', ...(VALUES[type] ?? [])))), {
      minLength: 1,
      maxLength: 40,
    }),
    keys: fc.nat({ max: types.length }),
  }),
)

test('groups of any columns are what the records come to', { timeout: 120_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(tables, fc.boolean(), async ({ types, rows, keys }, isNumber) => {
      const file = await fileOf(types, rows)
      const names = [...types.map((_, at) => `c${at}`), 'not_there']
      const scan: GroupScan = {
        keysets: ['k'],
        fields: [...names.slice(0, keys), ...names.slice(-1)],
        values: names.slice(keys).map((part) => ({ part, isNumber })),
      }
      const mayRefuse = types.slice(keys).some((type) => type === 'JSON' || (type === 'BLOB' && isNumber))
      const made = await scanned(file, scan)
      if (made === null) return assert.ok(mayRefuse, types.join())
      assert.deepEqual(byName(made), byName(await grouped(file, scan)))
    }),
    { numRuns: Number(process.env.HOB_RULE_RUNS ?? 60) },
  )
})

test('what is nested, or equal in more ways than one, is left to the row path', async () => {
  for (const type of ['INTEGER[]', 'STRUCT(a INTEGER)', 'MAP(VARCHAR, INTEGER)', 'INTERVAL', 'TIMETZ']) {
    const file = await fileOf([type, 'INTEGER'], [['NULL', '1']])
    const keysets = ['k']
    const sum = [{ part: 'c0', isNumber: true }]
    assert.equal(await scanned(file, { keysets, fields: ['c0'], values: [] }), null)
    assert.equal(await scanned(file, { keysets, fields: ['c1'], values: sum }), null)
    assert.deepEqual(await scanned(file, { keysets, fields: ['c1'], values: [] }), [
      { fields: [1], count: 1, values: [] },
    ])
    assert.equal(await scanned(file, { keysets, fields: null, values: [] }), null)
  }
})

test('many doubles are added up exactly, whatever their size', async () => {
  const file = join(kitchenette.folder, 'many.parquet')
  await kitchenette.duck.run(`COPY (SELECT range % 7 AS k, CASE range % 5 WHEN 0 THEN range / 7 WHEN 1 THEN -1e-9 * range WHEN 2 THEN 1e17 + range
    WHEN 3 THEN range * 1e-25 ELSE 0.1 END AS v FROM range(20000)) TO ${literalPath(file)} (FORMAT parquet)`)
  const scan = { keysets: ['k'], fields: ['k'], values: [{ part: 'v', isNumber: true }] }
  assert.deepEqual(byName((await scanned(file, scan)) ?? []), byName(await grouped(file, scan)))
})

test('text that is no number is never listed, however many digits it has', async () => {
  const file = join(kitchenette.folder, 'texts.parquet')
  await kitchenette.duck.run(`COPY (SELECT CASE range % 5 WHEN 0 THEN '2026-01-31' WHEN 1 THEN '12,50' WHEN 2 THEN '12.50' WHEN 3 THEN ' 12'
    ELSE NULL END AS v FROM range(100)) TO ${literalPath(file)} (FORMAT parquet)`)
  const scan = { keysets: ['k'], fields: [], values: [{ part: 'v', isNumber: true }] }
  const made = await new ParquetScanner(async () => kitchenette.duck).open(file, scan)
  assert.deepEqual(await made?.run(), { rows: 100, groups: 1, others: 20 })
  await made?.close()
})

test('a file that is no Parquet is told with its name', async () => {
  const scan = { keysets: ['k'], fields: ['k'], values: [] }
  await expect(scanned(import.meta.filename, scan)).rejects.toMatchObject({ code: 'input' })
  const scanner = new ParquetScanner(async () => kitchenette.duck)
  await expect(scanner.countOf(import.meta.filename)).rejects.toMatchObject({ code: 'input' })
})

test('rows come in small batches, so that long ones fill no memory', async () => {
  const { duck, folder } = kitchenette
  const file = join(folder, 'many.parquet')
  await duck.run(`COPY (SELECT range AS k FROM range(5000)) TO ${literalPath(file)} (FORMAT parquet)`)
  const sizes: number[] = []
  const seen: unknown[] = []
  for await (const batch of parquetRows(duck, file)) {
    sizes.push(batch.length)
    for (const { k } of batch) seen.push(k)
  }
  assert.ok(Math.max(...sizes) <= 256)
  assert.deepEqual(seen, [...Array(5_000).keys()])
  const first: unknown[] = []
  for await (const batch of parquetRows(duck, file, 300)) first.push(...batch.map(({ k }) => k))
  assert.deepEqual(first, seen.slice(0, 300))
  const own = rule({ name: 'many', input: parquet(), keyParts: ['k'], valueParts: [] })
  const { size } = await stat(file)
  const piece = { name: 'many', tag: null, file, from: 0, to: size, firstLine: 1, kind: 'input', hash: null } as const
  const sample = await takeSample(own, [piece], {
    openParquet: (name, rowsMax) => parquetRows(duck, name, rowsMax),
    parquetScanner: new ParquetScanner(async () => duck),
  })
  assert.deepEqual([sample.records.map(({ k }) => k), sample.isAll, sample.recordBytes], [seen, true, size / 5_000])
})
