import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { type Parts, type PartsFunction, type RuleOptions, rule as ruleOf, type ValuePart } from '#hob/index.js'
import { addExactly, exactProduct, exactTotal } from '#hob/rule/exact-sum.js'
import type { GroupScan } from '#hob/rule/groups/group-plan.js'
import { ScanMapper } from '#hob/rule/groups/scan-mapper.js'
import type { ScannedGroup, ScannedValue } from '#hob/rule/groups/scanned.js'
import { GroupMapper } from '#hob/rule/map/row-mapper.js'
import { Spill } from '#hob/rule/map/spill.js'
import { numberOf } from '#hob/rule/number-of.js'
import { dataDoubles, fractions, runsOf } from '../arbitraries.js'
import { scratchFolder } from '../map-task.js'
import { merged } from './merged.js'

const VALUES: readonly ValuePart[] = [
  { sum: 'n', as: 'sum' },
  ...[{ min: 'n' }, { max: 'n' }, { avg: 'n' }, { count: 'n' }, { countDistinct: 'a' }, { quantile: 'q', q: 0.5 }],
  ...['written', 'q'],
]

/** Writes one value, gives two records of each, and filters some. */
function* change(parts: Parts): Iterable<Parts> {
  if (parts.a === 'none') return
  parts.written = parts.w
  yield parts
  if (parts.a !== 'twice') return
  parts.k = 'second'
  yield parts
}

const options: RuleOptions = { name: 'weights', keyParts: ['k'], valueParts: VALUES, partsPreprocess: [change] }

/** Records that differ in `n` only, which the scan sums. */
interface Alike {
  readonly fields: Parts
  readonly numbers: readonly unknown[]
}

const ugly = fc.oneof(dataDoubles, fractions, fc.constantFrom('12', ' 0.5 ', 'x', null, undefined, true, 2n ** 70n))

const alike: fc.Arbitrary<Alike> = fc.record({
  fields: fc.record(
    {
      k: fc.constantFrom('x', 'y', 1),
      a: fc.constantFrom<unknown>('one', 'twice', 'none', { b: 1 }, null),
      q: ugly,
      w: ugly,
    },
    { requiredKeys: [] },
  ),
  numbers: fc.array(ugly, { minLength: 1, maxLength: 6 }),
})

const FIELDS = ['k', 'a', 'q', 'w']

/** What a scan says of values. */
function scanned(values: readonly unknown[]): ScannedValue {
  const numbers = values.map(numberOf).filter((number) => number !== null)
  const doubles: number[] = []
  let whole = 0n
  for (const number of numbers) {
    if (typeof number === 'bigint' || Number.isInteger(number)) whole += BigInt(number)
    else addExactly(doubles, number)
  }
  return {
    present: values.filter((value) => value !== null && value !== undefined).length,
    numbers: numbers.length,
    whole: Number.isSafeInteger(Number(whole)) ? Number(whole) : whole,
    doubles,
    min: Math.min(...numbers.map(Number), ...(numbers.length > 0 ? [] : [Number.NaN])),
    max: Math.max(...numbers.map(Number), ...(numbers.length > 0 ? [] : [Number.NaN])),
  }
}

function made(fill: (mapper: GroupMapper, scan: ScanMapper) => void, groupsMax: number): unknown {
  const rule = ruleOf(options)
  const spill = new Spill(scratchFolder(), 'w')
  const scope = { rule, params: {}, keysets: rule.keysets }
  const mapper = new GroupMapper(rule.keysets, { ...scope, groupsMax, spill })
  const scan: GroupScan = { keysets: ['_default'], fields: FIELDS, values: [{ part: 'n', isNumber: true }] }
  fill(mapper, new ScanMapper(scan, { ...scope, mapper }))
  mapper.spill()
  const counters = mapper.counters
  return { made: merged(rule, { spills: spill.close() } as never), counters }
}

const groupOf = ({ fields, numbers }: Alike): ScannedGroup => ({
  fields: FIELDS.map((name) => fields[name]),
  count: numbers.length,
  values: [scanned(numbers)],
})

describe('a group counts as its records do', () => {
  test('whatever they hold', () =>
    fc.assert(
      fc.property(fc.array(alike, { maxLength: 6 }), fc.constantFrom(1, 1_000), (list, groupsMax) => {
        const byRows = made((mapper) => {
          for (const { fields, numbers } of list) {
            for (const n of numbers) mapper.take({ ...fields, ...(n === undefined ? {} : { n }) })
          }
        }, groupsMax)
        const byGroups = made((_, scan) => {
          for (const each of list) assert.equal(typeof scan.take(groupOf(each)), 'number')
          assert.ok(scan.needs.isEmpty)
        }, groupsMax)
        assert.deepEqual(byGroups, byRows)
      }),
      runsOf(500),
    ))

  test('in millions, beyond what doubles hold', () => {
    const count = 2 ** 40 + 1
    const result = made((_, scan) => {
      const fields: Parts = { k: 'x', w: 2 ** 51 + 0.5, q: 2 ** 53 - 1 }
      scan.take({ fields: FIELDS.map((name) => fields[name]), count, values: [scanned([])] })
    }, 1_000) as { made: { _default: { groups: unknown[][] } }; counters: unknown }
    const [line] = result.made._default.groups
    assert.equal(line?.at(-1), BigInt(2 ** 53 - 1) * BigInt(count))
    const absent = ['n', 'a'].map((part) => ({ part, kind: 'value', meant: null }))
    const halves = (2n ** 52n + 1n) * BigInt(count)
    assert.equal(line?.at(-2), exactTotal(halves / 2n, [0.5]))
    assert.deepEqual(result.counters, {
      _default: { rows: count, keysMissing: 0, valuesNotNumeric: 0, absent, rounded: [] },
    })
  })
})

test('a product is exact in two doubles', () =>
  fc.assert(
    fc.property(fractions, fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), (fraction, count) => {
      const parts = exactProduct(fraction, count).flatMap((part) => exactly(part))
      assert.equal(
        parts.reduce((sum, part) => sum + part, 0n),
        exactly(fraction)[0] * BigInt(count),
      )
    }),
    runsOf(2_000),
  ))

test.each([5e-324, -5e-324, 2.2250738585072014e-308, 1e-310, 2 ** 51 + 0.5])('also of %d', (number) => {
  const parts = exactProduct(number, 2 ** 53 - 1)
  assert.equal(
    parts.reduce((sum, part) => sum + exactly(part)[0], 0n),
    exactly(number)[0] * BigInt(2 ** 53 - 1),
  )
})

/** A double in units of the least one. */
function exactly(double: number): readonly [bigint] {
  let scaled = double
  let shift = 1074n
  while (!Number.isInteger(scaled)) {
    scaled *= 2
    shift--
  }
  return [BigInt(scaled) << shift]
}

describe('what a record does not hold', () => {
  const takeOne = (preprocess: PartsFunction, scan: Partial<GroupScan> = {}) => {
    const rule = ruleOf({ ...options, partsPreprocess: [preprocess], valueParts: ['n', { count: 'm' }] })
    const scope = { rule, params: {}, keysets: rule.keysets }
    const mapper = new GroupMapper(rule.keysets, { ...scope, groupsMax: 9, spill: new Spill(scratchFolder(), 'w') })
    const plan = { keysets: ['_default'], fields: ['k'], values: [{ part: 'n', isNumber: false }], ...scan }
    const own = new ScanMapper(plan, { ...scope, mapper })
    own.take({ fields: ['x'], count: 2, values: [scanned([1, 2])] })
    return { needs: own.needs, counters: mapper.counters._default }
  }

  test('is asked for, and nothing is counted', () => {
    const { needs, counters } = takeOne((parts) => parts)
    assert.deepEqual(
      [...needs.values],
      [
        ['n', true],
        ['m', false],
      ],
    )
    assert.deepEqual(counters, { rows: 0, keysMissing: 0, valuesNotNumeric: 0, absent: [], rounded: [] })
  })

  test('also when a function catches that', () => {
    const { needs } = takeOne((parts) => {
      try {
        return { k: parts.other }
      } catch {
        return null
      }
    })
    assert.deepEqual([...needs.fields], ['other'])
  })

  test('is not asked for where it was written', () => {
    const { needs, counters } = takeOne((parts) => Object.assign(parts, { n: 'none', m: 1 }))
    assert.ok(needs.isEmpty)
    assert.deepEqual(counters, { rows: 2, keysMissing: 0, valuesNotNumeric: 2, absent: [], rounded: [] })
  })
})
