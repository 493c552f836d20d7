import assert from 'node:assert/strict'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { rule } from '#hob/rule/definition.js'
import type { RuleDefinition } from '#hob/rule/rule.js'
import { type Kitchenette, openDuck, resultsOf, rowsOf, textOf } from '../support/rule/result.js'
import { type Entry, spillEntries } from '../support/rule/spills.js'

let kitchenette: Kitchenette
let files = 0

beforeAll(async () => {
  kitchenette = await openDuck()
})
afterAll(() => kitchenette.close())

const AGGREGATES = [
  'v',
  { min: 'v' },
  { max: 'v' },
  { avg: 'v' },
  { count: 'v' },
  { countDistinct: 'v' },
  { quantile: 'v', q: 0.5 },
  { quantile: 'v', q: 0.9, as: 'v_p90' },
] as const

const ruleOf = (
  partitions: number,
  partition?: (key: readonly string[] | string, partitions: number) => number,
): RuleDefinition =>
  rule({
    name: 'all',
    partitions,
    ...(partition === undefined ? {} : { partition }),
    keyParts: ['a', 'b'],
    valueParts: AGGREGATES,
  })

/** One value of each record stands at every aggregate. */
const entryOf = (key: readonly string[], value: number | string | null): Entry => ({
  key,
  values: AGGREGATES.map(() => value),
})

/** Spills of entries, cut into tasks, and each task into spills. */
function spilled(definition: RuleDefinition, entries: readonly Entry[], tasks: number, spills: number) {
  const [keyset] = definition.keysets
  assert.ok(keyset)
  return Array.from({ length: tasks }, (_, task) => {
    const own = entries.filter((_, at) => at % tasks === task)
    return Array.from({ length: spills }, (_, spill) =>
      spillEntries(
        kitchenette.folder,
        `s${++files}`,
        keyset,
        own.filter((_, at) => at % spills === spill),
      ),
    ).flat()
  })
}

async function computed(definition: RuleDefinition, entries: readonly Entry[], tasks = 1, spills = 1) {
  const [result] = await resultsOf(kitchenette, definition, spilled(definition, entries, tasks, spills))
  assert.ok(result)
  return { result, rows: await rowsOf(kitchenette, result) }
}

// The slow and obvious way: exact sums are fractions of bigints.

const SCALE = 1074n

function exact(numbers: readonly number[]): { isWhole: boolean; value: number | bigint } {
  let total = 0n
  for (const number of numbers) {
    let [mantissa, exponent] = [number, 0n]
    while (!Number.isInteger(mantissa)) {
      mantissa *= 2
      exponent++
    }
    total += BigInt(mantissa) << (SCALE - exponent)
  }
  const whole = total >> SCALE
  if (whole << SCALE === total && whole > -(10n ** 38n) && whole < 10n ** 38n) {
    return { isWhole: true, value: Number.isSafeInteger(Number(whole)) ? Number(whole) : whole }
  }
  return { isWhole: false, value: quotient(total) }
}

/** The double nearest to total / 2^1074: by halving, and comparing exactly. */
function quotient(total: bigint): number {
  if (total < 0n) return -quotient(-total)
  const shift = BigInt(Math.max(0, total.toString(2).length - 53))
  let [mantissa, rest] = [total >> shift, total & ((1n << shift) - 1n)]
  const half = shift === 0n ? 1n : 1n << (shift - 1n)
  if (rest > half || (rest === half && mantissa % 2n === 1n)) mantissa++
  rest = 0n
  return Number(mantissa) * 2 ** (Number(shift) - 1074)
}

function quantile(numbers: readonly number[], q: number): number | null {
  if (numbers.length === 0) return null
  const sorted = [...numbers].sort((a, b) => a - b)
  const place = q * (sorted.length - 1)
  const low = sorted[Math.floor(place)] ?? 0
  const high = sorted[Math.ceil(place)] ?? 0
  const share = place - Math.floor(place)
  return low === high ? low : low * (1 - share) + high * share
}

function expected(entries: readonly Entry[]): readonly (readonly unknown[])[] {
  const groups = new Map<string, Entry[]>()
  for (const entry of entries) {
    const id = JSON.stringify(entry.key)
    groups.set(id, [...(groups.get(id) ?? []), entry])
  }
  const bytes = (texts: readonly string[]) => texts.map((text) => Buffer.from(text))
  const sorted = [...groups.values()].sort(([a], [b]) => {
    const [left, right] = [bytes(a?.key ?? []), bytes(b?.key ?? [])]
    return left.map((part, at) => Buffer.compare(part, right[at] ?? Buffer.alloc(0))).find((order) => order !== 0) ?? 0
  })
  const rows = sorted.map((group) => {
    const given = group.map(({ values }) => values[0] ?? null).filter((value) => value !== null)
    const numbers = given.filter((value) => typeof value === 'number')
    const sum = exact(numbers)
    return {
      sum,
      row: [
        ...(group[0]?.key ?? []),
        sum.value,
        numbers.length === 0 ? null : Math.min(...numbers) + 0,
        numbers.length === 0 ? null : Math.max(...numbers) + 0,
        numbers.length === 0 ? null : Number(sum.value) / numbers.length,
        given.length,
        new Set(given.map(String)).size,
        quantile(numbers, 0.5),
        quantile(numbers, 0.9),
      ] as unknown[],
    }
  })
  if (rows.every(({ sum }) => sum.isWhole)) return rows.map(({ row }) => row)
  return rows.map(({ row }) => row.with(2, Number(row[2])))
}

const keyText = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'c',
    '',
    '\\N',
    'NULL',
    '"',
    '""',
    ',',
    '\n',
    '\r\n',
    '\0',
    'a\0b',
    '#',
    ' ',
    "'",
    '\ufeff',
    '\ufeffa',
    '😀',
    'é',
    '\uffff',
    '[1]',
    '\\',
    '\t',
    '\u0001',
  ),
  fc.string({ unit: 'grapheme', maxLength: 6 }),
)
const whole = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.maxSafeInteger())
const number = fc.oneof(
  whole,
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e300, max: 1e300 }).map((value) => value + 0),
  fc.constantFrom(0.1, 0.2, 0.3, 0.5, 5e-324, 1e16, 1e22, 1e-5, 2 ** 53 + 2),
)
const entries = (value: fc.Arbitrary<number | string | null>) =>
  fc.array(
    fc.tuple(fc.tuple(keyText, fc.constantFrom('x', 'y')), value).map(([key, given]) => entryOf(key, given)),
    { maxLength: 40 },
  )
const cut = fc.record({
  partitions: fc.constantFrom(1, 2, 3),
  tasks: fc.integer({ min: 1, max: 3 }),
  spills: fc.integer({ min: 1, max: 3 }),
})

test('groups are what plain JavaScript makes of them, for whole numbers and any cut', async () => {
  const value = fc.oneof(whole, fc.constantFrom(null, 'text', ''))
  await fc.assert(
    fc.asyncProperty(entries(value), cut, async (given, { partitions, tasks, spills }) => {
      const { rows } = await computed(ruleOf(partitions), given, tasks, spills)
      assert.deepEqual(rows, expected(given))
    }),
    { numRuns: 12 },
  )
})

test('groups are what plain JavaScript makes of them, for doubles of all magnitudes and any cut', async () => {
  const value = fc.oneof(number, number, fc.constantFrom(null, 'text'))
  await fc.assert(
    fc.asyncProperty(entries(value), cut, async (given, { partitions, tasks, spills }) => {
      const { rows } = await computed(ruleOf(partitions), given, tasks, spills)
      assert.deepEqual(rows, expected(given))
    }),
    { numRuns: 12 },
  )
})

test('the bytes do not tell into how many tasks, spills and partitions the work was cut', async () => {
  const given = Array.from({ length: 3_000 }, (_, at) =>
    entryOf([`k${at % 500}`, 'x'], at % 3 === 0 ? at / 7 : at * 1e12),
  )
  const texts = new Set<string>()
  for (const [partitions, tasks, spills] of [
    [1, 1, 1],
    [1, 4, 2],
    [2, 3, 2],
    [7, 2, 5],
  ] as const) {
    const { result } = await computed(ruleOf(partitions), given, tasks, spills)
    texts.add(await textOf(kitchenette, result, 'csv'))
  }
  const byName = await computed(
    ruleOf(3, ([first]) => (first?.length ?? 0) % 3),
    given,
    2,
    2,
  )
  texts.add(await textOf(kitchenette, byName.result, 'csv'))
  assert.equal(texts.size, 1)
})

test('whole numbers below 2^53 come to one beyond 64 bits, whichever way their spills are read', async () => {
  const most = Number.MAX_SAFE_INTEGER
  const given = Array.from({ length: 1_200 }, () => entryOf(['k', 'x'], most))
  const definition = ruleOf(1)
  const tasks = spilled(definition, given, 1, 1)
  // Of the first task Parquet is made; the second one's are read as they are.
  for (const placed of [tasks, [[], ...tasks]]) {
    const [result] = await resultsOf(kitchenette, definition, placed)
    assert.ok(result)
    assert.deepEqual((await rowsOf(kitchenette, result))[0]?.[2], BigInt(most) * 1_200n)
  }
})

test('approximate counts of different texts do not tell the cut either, and are near', async () => {
  const definition = (partitions: number) =>
    rule({ name: 'near', partitions, keyParts: ['a'], valueParts: [{ countDistinct: 'v', approximate: true }] })
  const counts = [1, 30, 3_000, 60_000]
  const given = counts.flatMap((count) =>
    Array.from({ length: count + 10 }, (_, at): Entry => ({ key: [`k${count}`], values: [`text ${at % count}`] })),
  )
  const seen = new Set<string>()
  for (const [partitions, tasks, spills] of [
    [1, 1, 1],
    [2, 3, 2],
    [1, 2, 5],
  ] as const) {
    const { rows } = await computed(definition(partitions), given.toReversed(), tasks, spills)
    seen.add(JSON.stringify(rows))
    for (const [key, count] of rows) {
      const exactly = Number(String(key).slice(1))
      assert.ok(Math.abs(Number(count) / exactly - 1) < 0.02, `${count} for ${exactly}`)
    }
  }
  assert.equal(seen.size, 1, [...seen].join('\n'))
})
