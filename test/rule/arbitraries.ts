import { rm } from 'node:fs/promises'
import fc from 'fast-check'
import type { RunCounters } from '#hob/rule/counters.js'
import type { Reader } from '#hob/rule/reader.js'
import type { ValuePart } from '#hob/rule/rule.js'
import {
  PARTS_FUNCTIONS,
  type Plan,
  type PlannedKeyset,
  REDUCERS,
  type ReducerName,
  ROW_FUNCTIONS,
  TRANSFORMS,
  type TransformName,
} from './plan.js'

/** What a property may take, runs and the search for a smaller example together; `HOB_RULE_RUNS=50` makes it fifty times as much. */
const FACTOR = Number(process.env.HOB_RULE_RUNS ?? 1)

/** How long a property runs: so many runs, or what gets done in four seconds. `HOB_RULE_SEED` replays the runs of a seed that a failure told. */
export const runsOf = (usual: number): fc.Parameters<unknown> => ({
  numRuns: Math.ceil(usual * FACTOR),
  interruptAfterTimeLimit: 4_000 * Math.max(1, FACTOR),
  ...(process.env.HOB_RULE_SEED === undefined ? {} : { seed: Number(process.env.HOB_RULE_SEED) }),
})

/** Doubles that are lost, doubled or rounded twice where sums are not exact. */
const NASTY = [
  ...[
    0,
    -0,
    0.1,
    0.2,
    -0.3,
    1 / 3,
    1e-7,
    5e-324,
    -5e-324,
    2.2250738585072014e-308,
    1e16,
    1e300,
    -1e300,
    1e22,
    2 ** -1022,
  ],
  ...[
    2 ** 53,
    2 ** 53 - 1,
    2 ** 53 + 2,
    -(2 ** 53),
    2 ** 52 + 0.5,
    2 ** 63,
    -(2 ** 63),
    2 ** 64,
    1.7976931348623157e308,
  ],
]

/** Numbers that a sum meets. */
export const doubles: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(...NASTY),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
  fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 100),
)

/** Numbers of records, of which even thousands do not come to more than a double holds. */
export const dataDoubles: fc.Arbitrary<number> = doubles.filter((double) => Math.abs(double) < 1e300)

/** Fractions near each other, whose last digits show in a sum: beside a number of 300 digits they are lost, as they should be. */
export const fractions: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(0.1, 0.2, -0.3, 1 / 3, 1e-7, 0.5),
  fc.integer({ min: -100_000, max: 100_000 }).map((cents) => cents / 100),
  fc.double({ min: -1_000, max: 1_000, noNaN: true }),
)

/** Fields that random rules and records share; some are what every object has. */
const FIELDS = ['a', 'a', 'b', 'b', 'n', 'n', 'n', 'c', 'ü', '__proto__', 'constructor']

const WORDS = [
  ...[
    'x',
    'y',
    'z',
    'é',
    '𝒳',
    '\uFFFD',
    '\uD800',
    '',
    ' ',
    'a,b',
    'a;b',
    'tab\there',
    'q"q',
    '"',
    'two\nlines',
    'r\r',
    '{',
    '\u0000',
  ],
  ...['null', 'true', '\\N', '[]', '1', '1.0', 'x\u2028', '\u00A0', 'NULL', "o'clock", '1e5', '-0'],
]

/** Text that is a number, and text that only looks like one. */
const NUMERALS = [
  ...[
    '12',
    ' 7 ',
    '+3',
    '-0.5',
    '.5',
    '6.',
    '1e3',
    '1E-3',
    '1e400',
    '0x10',
    '1,000',
    '12px',
    'Infinity',
    'NaN',
    '.',
    '-',
    '1_000',
  ],
  ...['٣', '9007199254740993', '123456789012345678901234567890', '\t8\r\n', '\u00A05', '1e', '0.1', '0.2'],
]

const texts = fc.oneof(
  { arbitrary: fc.constantFrom(...WORDS), weight: 4 },
  fc.constantFrom(...NUMERALS),
  fc.string({ unit: 'binary', maxLength: 3 }),
)

/** Values as JSON writes them, and as it may: `1e400` is beyond doubles. */
const jsonValues: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: texts.map((text) => JSON.stringify(text)), weight: 6 },
  { arbitrary: dataDoubles.map((double) => JSON.stringify(double)), weight: 5 },
  fc.constantFrom(
    'null',
    'true',
    'false',
    '-0',
    '1e400',
    '-1E400',
    '9007199254740993',
    '1.0',
    '[]',
    '{}',
    '12345678901234567890123',
  ),
  fc.constantFrom(
    '{"b":1,"a":{"d":[1,"x"],"c":null}}',
    '{"a":{"c":null,"d":[1,"x"]},"b":1}',
    '[1,[2,"\\ud800"]]',
    '{"10":1,"9":2}',
  ),
)

/** Mostly one of few keys and a number, so that groups have something to add up; else whatever there is. */
const jsonMember: fc.Arbitrary<readonly [name: string, value: string]> = fc.oneof(
  { arbitrary: fc.tuple(fc.constant('a'), fc.constantFrom('"x"', '"y"', '1')), weight: 2 },
  { arbitrary: fc.tuple(fc.constant('n'), fractions.map(String)), weight: 3 },
  { arbitrary: fc.tuple(fc.constantFrom(...FIELDS), jsonValues), weight: 3 },
)

const jsonRecord: fc.Arbitrary<string> = fc
  .array(jsonMember, { maxLength: 8, size: 'large' })
  .map((members) => `{${members.map(([name, value]) => `${JSON.stringify(name)}:${value}`).join(', ')}}`)

/** Lines that are no object in JSON. */
export const JSON_FAULTS: readonly string[] = [
  '{',
  '{"a":',
  '{"a":"x"} x',
  '[1]',
  '5',
  'null',
  '"x"',
  "{'a':1}",
  '{"a":NaN}',
  '{"a":"tab\there"}',
  '{"a":"nul\0"}',
  '}',
  '{"a":1,}',
]

/** Lines of JSON, most of them good. */
export const jsonLine: fc.Arbitrary<string> = fc.oneof(
  { arbitrary: jsonRecord, weight: 12 },
  fc.constantFrom(...JSON_FAULTS),
  fc.constantFrom('', ' ', '\t', ' {"a":"spaces around", "n": 1 }  '),
)

const csvField = (delimiter: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.oneof(texts, dataDoubles.map(String), fc.constantFrom('x', 'y', '1', '0.1', '0.2')), fc.boolean())
    .map(([text, isQuoted]) => {
      const isNeeded = text.includes(delimiter) || /["\r\n]/.test(text)
      return isQuoted || isNeeded ? `"${text.replaceAll('"', '""')}"` : text
    })

const CSV_FAULTS = ['"open', 'stray " quote', '"a" b,c', '"a""', 'x,"y"z', '"', 'nul\0,b,c', '', 'a', 'a,b,c,d,e,f,g']

/** Records of CSV, most of them good and of so many fields. */
const csvLine = (delimiter: string, fields: number): fc.Arbitrary<string> =>
  fc.oneof(
    {
      arbitrary: fc
        .array(csvField(delimiter), { minLength: fields, maxLength: fields })
        .map((record) => record.join(delimiter)),
      weight: 12,
    },
    fc.constantFrom(...CSV_FAULTS),
  )

/** A file of lines: with and without a mark, with both ends of lines, with bytes that are no text, and empty. */
const fileOf = (line: fc.Arbitrary<string>, first: string | null): fc.Arbitrary<Buffer> =>
  fc
    .record({
      hasMark: fc.boolean(),
      lines: fc.array(fc.tuple(line, fc.constantFrom('\n', '\n', '\r\n')), { maxLength: 25, size: 'large' }),
      hasEnd: fc.boolean(),
      wrongAt: fc.option(fc.nat(25), { nil: -1, freq: 4 }),
    })
    .map(({ hasMark, lines, hasEnd, wrongAt }) => {
      const all = first === null ? lines : [[first, '\n'] as const, ...lines]
      const pieces = all.map(([text, end], index) =>
        Buffer.concat([
          Buffer.from(text),
          index > 0 && index === wrongAt ? Buffer.from([0xff, 0xc3]) : Buffer.alloc(0),
          Buffer.from(index === all.length - 1 && !hasEnd ? '' : end),
        ]),
      )
      return Buffer.concat([Buffer.from(hasMark ? '\uFEFF' : ''), ...pieces])
    })

const filesOf = (file: fc.Arbitrary<Buffer>): fc.Arbitrary<readonly Buffer[]> => fc.array(file, { maxLength: 4 })

/** A reader and files for it. */
export interface Data {
  readonly input: Reader
  readonly files: readonly Buffer[]
}

const CSV_FIELDS = ['a', 'b', 'n', 'c']

const dataOf = (input: Reader, file: fc.Arbitrary<Buffer>): fc.Arbitrary<Data> =>
  filesOf(file).map((files) => ({ input, files }))

/** Dirty data of every kind that is text. */
export const data: fc.Arbitrary<Data> = fc.oneof(
  { arbitrary: dataOf({ kind: 'jsonLines' }, fileOf(jsonLine, null)), weight: 4 },
  dataOf({ kind: 'csv', fields: CSV_FIELDS }, fileOf(csvLine(',', 4), null)),
  dataOf({ kind: 'csv', header: true, dialect: 'semicolon' }, fileOf(csvLine(';', 4), '"a";b;n;c')),
  dataOf({ kind: 'csv', dialect: 'tsv' }, fileOf(csvLine('\t', 3), null)),
  dataOf({ kind: 'dynamic', fields: CSV_FIELDS }, fileOf(fc.oneof(jsonLine, csvLine(',', 4)), null)),
  dataOf({ kind: 'lines' }, fileOf(fc.oneof(jsonLine, csvLine(',', 2)), null)),
)

const fieldsOf = (input: Reader): readonly string[] => {
  if (input.kind === 'lines') return ['line', 'count']
  return input.kind === 'csv' && input.fields === undefined && input.header !== true
    ? ['_0', '_1', '_2', 'count']
    : [...FIELDS, 'count']
}

const keysetsOf = (input: Reader): fc.Arbitrary<PlannedKeyset> => {
  const fields = fieldsOf(input)
  const field = fc.oneof({ arbitrary: fc.constantFrom(...fields), weight: 2 }, fc.constant(fields[0] ?? ''))
  const number = fc.constant(fields.includes('n') ? 'n' : (fields[1] ?? ''))
  const valuePart: fc.Arbitrary<ValuePart> = fc.oneof(
    { arbitrary: number, weight: 3 },
    field,
    field.map((sum) => ({ sum, as: `sum of ${sum}` })),
    field.map((min) => ({ min })),
    field.map((max) => ({ max })),
    field.map((avg) => ({ avg })),
    field.map((count) => ({ count })),
    field.map((countDistinct) => ({ countDistinct })),
    fc.tuple(field, fc.constantFrom(0, 0.5, 0.9, 1)).map(([quantile, q]) => ({ quantile, q })),
  )
  const parts = fc.record({
    keyParts: fc.uniqueArray(field, { minLength: 1, maxLength: 2 }),
    // Two quantiles of one part would be one column twice.
    valueParts: fc
      .uniqueArray(valuePart, { selector: (part) => JSON.stringify(part).replace(/,"q".*/, ''), maxLength: 4 })
      .map((parts) => parts.map((part, index) => (typeof part === 'string' ? { sum: part, as: `v${index}` } : part))),
    partsPreprocess: fc.oneof({ arbitrary: fc.constant([]), weight: 2 }, someOf(PARTS_FUNCTIONS, 1)),
  })
  return fc.tuple(parts, fc.boolean()).map(([keyset, isMapped]) => ({
    ...keyset,
    columnMappings: isMapped ? { [keyset.keyParts[0] ?? '']: 'the key' } : {},
  }))
}

const someOf = <Name extends string>(functions: Record<Name, unknown>, most: number): fc.Arbitrary<readonly Name[]> =>
  fc.array(fc.constantFrom(...(Object.keys(functions) as Name[])), { maxLength: most })

/** A rule, and data for it. */
export const cases: fc.Arbitrary<{ readonly plan: Plan; readonly files: readonly Buffer[] }> = data.chain(
  ({ input, files }) =>
    fc.record({
      files: fc.constant(files),
      plan: fc.record({
        input: fc.constant(input),
        partitions: fc.constantFrom(1, 1, 3),
        partsPreprocess: fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, someOf(PARTS_FUNCTIONS, 2)),
        fieldTransforms: fc.dictionary(
          fc.constantFrom('a', 'b', 'n', 'line', '_1'),
          fc.constantFrom(...(Object.keys(TRANSFORMS) as TransformName[])),
          { maxKeys: 1 },
        ),
        partsPostprocess: fc.oneof({ arbitrary: fc.constant([]), weight: 3 }, someOf(ROW_FUNCTIONS, 1)),
        keysets: fc.array(keysetsOf(input), { minLength: 1, maxLength: 2 }),
        reducer: fc.option(fc.constantFrom(...(Object.keys(REDUCERS) as ReducerName[])), { freq: 6 }),
      }),
    }),
)

/** Removes a folder into which the last run of a property that ran out of time may still be writing. */
export const removeLate = (folder: string): Promise<void> => rm(folder, { recursive: true, maxRetries: 5 })

/** Counters without their hints: what may have been meant, and which numbers were rounded, depend on the records that are looked at. */
export const withoutHints = (counters: RunCounters): RunCounters => ({
  ...counters,
  keysets: Object.fromEntries(
    Object.entries(counters.keysets).map(([name, each]) => [
      name,
      { ...each, absent: each.absent.map((part) => ({ ...part, meant: null })), rounded: [] },
    ]),
  ),
})
