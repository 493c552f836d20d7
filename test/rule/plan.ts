import type { Reader } from '#hob/rule/reader.js'
import type { FieldTransform, KeysetOptions, Parts, PartsFunction, RuleOptions, ValuePart } from '#hob/rule/rule.js'

// A rule as data, so that a property can make one, a file can hold it, and a thread can load it. Its functions have names.

/** What a random rule is made of. */
export interface Plan {
  readonly input: Reader
  readonly partitions: number
  readonly partsPreprocess: readonly PartsFunctionName[]
  readonly fieldTransforms: Readonly<Record<string, TransformName>>
  readonly partsPostprocess: readonly RowFunctionName[]
  /** One without a name, or several. */
  readonly keysets: readonly PlannedKeyset[]
  /** A general map and reduce instead of keysets. */
  readonly reducer: ReducerName | null
}

/** One keyset of a plan. */
export interface PlannedKeyset {
  readonly keyParts: readonly string[]
  readonly valueParts: readonly ValuePart[]
  readonly partsPreprocess: readonly PartsFunctionName[]
  readonly columnMappings: Readonly<Record<string, string>>
}

/** The name of one of the functions below. */
export type PartsFunctionName = keyof typeof PARTS_FUNCTIONS
/** The name of one of the functions below. */
export type TransformName = keyof typeof TRANSFORMS
/** The name of one of the functions below. */
export type RowFunctionName = keyof typeof ROW_FUNCTIONS
/** The name of one of the reducers below. */
export type ReducerName = keyof typeof REDUCERS

/** The rule as it would be written. */
export function optionsOf(plan: Plan): RuleOptions {
  const common = {
    name: 'planned',
    input: plan.input,
    partitions: plan.partitions,
    partsPreprocess: plan.partsPreprocess.map((name) => PARTS_FUNCTIONS[name]),
    fieldTransforms: Object.fromEntries(
      Object.entries(plan.fieldTransforms).map(([field, name]) => [field, TRANSFORMS[name]]),
    ),
    params: { factor: 3 },
    // Rules of which all rows are bad are rules like others here.
    maxBadRatio: 1,
  }
  if (plan.reducer !== null) return { ...common, ...REDUCERS[plan.reducer] }
  const partsPostprocess = plan.partsPostprocess.map((name) => ROW_FUNCTIONS[name])
  const [only, ...more] = plan.keysets.map(keysetOptions)
  if (only === undefined || more.length > 0 || only.partsPreprocess?.length !== 0) {
    const keysets = plan.keysets.map((keyset, index) => [`set${index}`, keysetOptions(keyset)])
    return { ...common, partsPostprocess, keysets: Object.fromEntries(keysets) as Record<string, KeysetOptions> }
  }
  const { keyParts, valueParts, columnMappings = {} } = only
  return { ...common, partsPostprocess, keyParts, valueParts, columnMappings }
}

const keysetOptions = ({ partsPreprocess, ...keyset }: PlannedKeyset): KeysetOptions => ({
  ...keyset,
  partsPreprocess: partsPreprocess.map((name) => PARTS_FUNCTIONS[name]),
})

/** A number that depends on a field and nothing else, so that a function does this with some records and that with others. */
const kindOf = (parts: Parts, field: string, kinds: number): number =>
  [...(JSON.stringify(parts[field]) ?? '')].reduce((sum, character) => sum + (character.codePointAt(0) ?? 0), 0) % kinds

/** Functions over records: some filter, some multiply, some throw. */
export const PARTS_FUNCTIONS = {
  counted: (parts) => ({ ...parts, count: 1 }),
  changed(parts) {
    parts.b = `${parts.a}!`
    delete parts.n
    return parts
  },
  some: (parts) => (kindOf(parts, 'a', 3) === 0 ? null : parts),
  others: (parts) => (kindOf(parts, 'b', 2) === 0 ? [] : [parts]),
  *several(parts, { factor }) {
    for (let copy = 0; copy < kindOf(parts, 'n', Number(factor)); copy++) yield { ...parts, c: copy }
  },
  throws(parts) {
    if (kindOf(parts, 'c', 4) === 0) throw new TypeError('this record I do not like')
    return parts
  },
  *throwsLate(parts) {
    yield parts
    if (kindOf(parts, 'n', 4) === 0) throw new RangeError('one and no more')
  },
  givesNoObject: (parts) => (kindOf(parts, 'a', 5) === 0 ? (7 as unknown as Parts) : parts),
  *yieldsNoObject(parts) {
    yield parts
    if (kindOf(parts, 'b', 5) === 0) yield null as unknown as Parts
  },
} satisfies Record<string, PartsFunction>

/** Functions over fields. */
export const TRANSFORMS = {
  large: (value) => (typeof value === 'string' ? value.toUpperCase() : value),
  nothing: () => null,
  missing: (value) => (value === true ? undefined : value),
  times: (value, { factor }) => Number(value) * Number(factor),
  dates: (value) => (typeof value === 'number' && Math.abs(value) < 1e12 ? new Date(Math.round(value)) : value),
  throwsOnNull(value) {
    if (value === null) throw new TypeError('null')
    return value
  },
} satisfies Record<string, FieldTransform>

/** Functions over rows of the result. */
export const ROW_FUNCTIONS = {
  unchanged: (row) => row,
  someRows: (row) => (kindOf(row, 'a', 3) === 0 ? undefined : row),
  *twice(row) {
    yield row
    yield { ...row }
  },
  added: (row) => ({
    ...row,
    zed: { of: [row.a ?? null] },
    extra: kindOf(row, 'a', 2) === 0 ? 0.5 : 2n ** 60n + 1n,
    none: null,
  }),
  emptied: (row) => Object.fromEntries(Object.keys(row).map((name) => [name, name === 'a' ? row.a : null])),
} satisfies Record<string, PartsFunction>

/** General map and reduce. */
export const REDUCERS = {
  /** With a combiner, which shall not show. */
  counts: {
    *map(parts) {
      yield [[parts.a ?? null, parts.b ?? null], 1]
      if (kindOf(parts, 'c', 2) === 0) yield [parts.c, 2]
    },
    *combine(_key, values) {
      yield values.reduce<number>((sum, value) => sum + Number(value), 0)
    },
    *reduce(key, values) {
      let count = 0
      for (const value of values) count += Number(value)
      yield { key: JSON.stringify(key), count }
    },
    columns: ['key', 'count'],
  },
  /** All values, in their order. */
  lists: {
    *map(parts) {
      if (parts.a !== undefined) yield [parts.a, parts.n]
    },
    *reduce(key, values) {
      const all = [...values]
      yield { key: JSON.stringify(key), values: JSON.stringify(all) }
      if (all.length > 2) yield { key: 'many', values: null }
    },
    columns: ['key', 'values'],
  },
} satisfies Record<string, Pick<RuleOptions, 'map' | 'combine' | 'reduce' | 'columns'>>
