import fc from 'fast-check'
import { count } from '#hob/index.js'
import type { Reader } from '#hob/rule/reader.js'
import type { FieldTransform, KeysetOptions, PartsFunction, RuleOptions, ValuePart } from '#hob/rule/rule.js'
import { JSON_FAULTS as FAULTS } from '../arbitraries.js'
import type { Cut } from '../real-path.js'
import { NARROW, TRANSFORMS, WIDE } from './functions.js'

// Records whose texts come again and again, beside a field that is another in each, so that there is something to group.

/** A rule, what it reads, and how that is cut. */
export interface EngineCase {
  readonly options: RuleOptions
  /** The bytes of files, as Latin-1, so that a counterexample can be read. */
  readonly files: readonly string[]
  readonly cut: Cut
  /** Only this one; null: all. */
  readonly keyset: string | null
}

/** What numbers are written like, or are not. */
export const UGLY_NUMERALS: readonly string[] = [
  ...[
    '1e5',
    ' 12 ',
    '0x10',
    'inf',
    '-inf',
    '1_000',
    '-0',
    '-0.0',
    '-7',
    '-0.5',
    '-1e3',
    '-1e-3',
    '0',
    '00',
    '007',
    '1.',
    '.5',
    '.',
    '+3',
    '+-3',
    '- 3',
  ],
  ...['1e', '1e+', 'e5', '1E5', '1e-5', '1.5e+3', '1e400', '-1e400', '1e-400', '1e-320', '5e-324', '2.4e-324', '1e23'],
  ...['9007199254740991', '9007199254740992', '9007199254740993', '-9007199254740993', '9223372036854775807'],
  ...['9223372036854775808', '18446744073709551615', '18446744073709551616', '123456789012345678901234567890'],
  ...[
    '0.1',
    '0.2',
    '0.30000000000000004',
    '0.1e1',
    '1.7976931348623157e308',
    '1.7976931348623159e308',
    '4.35',
    '1,000',
  ],
  ...[
    '１２',
    '٣',
    '½',
    '12px',
    '12 3',
    '\t8\r\n',
    '\u00a05',
    '\v5',
    '5\f',
    '\ufeff5',
    '',
    ' ',
    'NaN',
    'nan',
    'null',
    'true',
  ],
  ...['Infinity', '-Infinity', '1n', '0b1', '0o7', '1e1000000', '0e1000000', `0.${'0'.repeat(30)}1`],
  ...['7'.repeat(400), `0.${'7'.repeat(400)}`, `${'0'.repeat(400)}5`, `1${'0'.repeat(22)}`, `-${'9'.repeat(38)}`],
]

/** Those that JSON has as numbers. */
export const JSON_NUMERALS: readonly string[] = UGLY_NUMERALS.filter((text) =>
  /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/.test(text),
)

const FIELDS = ['a', 'b', 'n', 'c', 'id']
const ODD_FIELDS = ['__proto__', 'toString', 'constructor', 'ü', 'w', 'm', 'part', 'count']

/** Half of what is drawn is this. */
const mostly = <T>(usual: fc.Arbitrary<T>, other: fc.Arbitrary<T>, weight = 3): fc.Arbitrary<T> =>
  fc.oneof({ arbitrary: usual, weight }, other)

const cents = fc.oneof(
  fc.constantFrom('1', '2', '0.1', '0.2', '-0.3', '12', '0.5'),
  fc.integer({ min: -100_000, max: 100_000 }).map((n) => String(n / 100)),
)
const uglyText = fc.constantFrom(...UGLY_NUMERALS).map((text) => JSON.stringify(text))

/** Texts that are one value, and one text that is several. */
const WORDS = [
  '"x"',
  '"x"',
  '"y"',
  '"\\u0078"',
  '"X"',
  '"é"',
  '"\\u00e9"',
  '1',
  '"1"',
  '1.0',
  '10e-1',
  'null',
  'true',
  '""',
]
const NESTED = [
  ...[
    '{"d":[1,"x"]}',
    '{"d": [1, "x"]}',
    '{"x":1,"d":null}',
    '{"d":null,"x":1}',
    '[]',
    '[1,[2,"\\ud800"]]',
    '{}',
    '[ ]',
  ],
  ...[
    '{"d":1,"d":2}',
    '{"__proto__":{"d":1}}',
    '"[]"',
    '{"a":"{\\"a\\":1}"}',
    '"a\\\\"',
    '"\\""',
    '"\\/"',
    '{"2":1,"1":2}',
  ],
]
const CHARACTERS = [
  '"\\ud800"',
  '"\\udc00\\ud800"',
  '"𝒳"',
  '"\\ud835\\udcb3"',
  '"\\u0000"',
  '"\u2028"',
  '"\u00a0"',
  '"\u007f"',
  '"\\n"',
]

const jsonWord = mostly(fc.constantFrom(...WORDS), fc.constantFrom(...NESTED, ...CHARACTERS))
const jsonNumber = fc.oneof({ arbitrary: cents, weight: 4 }, fc.constantFrom(...JSON_NUMERALS), uglyText, jsonWord)

const jsonMember = fc.oneof(
  { arbitrary: fc.tuple(fc.constantFrom('"a"', '"b"'), jsonWord), weight: 4 },
  { arbitrary: fc.tuple(fc.constantFrom('"n"'), jsonNumber), weight: 4 },
  { arbitrary: fc.tuple(fc.constantFrom('"c"', '"a"'), fc.constantFrom(...NESTED, ...WORDS)), weight: 2 },
  fc.tuple(fc.constantFrom('"\\u0061"', '"n\\u0000"', '"\\u006e"', '"A"', '" a"', '""', '"id"'), jsonNumber),
  fc.tuple(
    fc.constantFrom(...ODD_FIELDS).map((name) => JSON.stringify(name)),
    jsonNumber,
  ),
)

/** A record with `%` where its number shall stand. */
const dirtyRecord: fc.Arbitrary<string> = fc
  .record({
    members: fc.array(jsonMember, { minLength: 1, maxLength: 6, size: 'large' }),
    idAt: fc.option(fc.nat(6), { freq: 5, nil: -1 }),
    space: fc.constantFrom('', '', '', ' ', '\t', '\r'),
    tail: fc.constantFrom('', '', '', ' ', '\t'),
  })
  .map(({ members, idAt, space, tail }) => {
    const texts = members.map(([name, value]) => `${name}${space}:${space}${value}`)
    if (idAt >= 0) texts.splice(idAt, 0, '"id":%')
    return `${tail}{${space}${texts.join(`${space},${space}`)}${space}}${tail}`
  })

/** As a program writes them: each field once, no escapes. */
const cleanRecord: fc.Arbitrary<string> = fc
  .record({
    members: fc.uniqueArray(
      fc.oneof(
        {
          arbitrary: fc.tuple(
            fc.constantFrom('a', 'b', 'c'),
            fc.constantFrom('"x"', '"y"', '"é"', '""', '1', 'null', 'true', '"1"'),
          ),
          weight: 4,
        },
        {
          arbitrary: fc.tuple(
            fc.constant('n'),
            mostly(cents, fc.constantFrom(...JSON_NUMERALS, '"12"', '" 7 "', '"0x10"', 'null', '"x"')),
          ),
          weight: 3,
        },
        fc.tuple(fc.constant('c'), fc.constantFrom('{"d":[1,"x"]}', '[1,2]', '{}', '[]', '{"x":{"y":null}}')),
        fc.tuple(fc.constantFrom(...ODD_FIELDS), fc.constantFrom('"x"', '2', '0.1')),
      ),
      { selector: ([name]) => name, minLength: 2, maxLength: 6, size: 'large' },
    ),
    idAt: fc.option(fc.nat(6), { freq: 5, nil: -1 }),
    space: fc.constantFrom('', ' '),
  })
  .map(({ members, idAt, space }) => {
    const texts = members.map(([name, value]) => `"${name}":${space}${value}`)
    if (idAt >= 0) texts.splice(idAt, 0, `"id":${space}%`)
    return `{${texts.join(`,${space}`)}}`
  })

const JSON_FAULTS = [
  ...FAULTS,
  ...['{,"a":1}', '{"a" 1}', '{"a":01}', '{"a":1.}', '{"a":.5}', '{"a":+3}', '{"a":-}', '{"a":1e}', '{"a":0x10}'],
  ...[
    '{"a":"\\x"}',
    '{"a":"\\u12"}',
    '{"a":"\\"}',
    '{"a":tru}',
    '{"a":[1,]}',
    '{"a":{"b"}}',
    '{"a":[}',
    '{"n":1_000}',
    '{"n":Infinity}',
  ],
  ...[
    '{"a":1}{"a":2}',
    '{"a":1};',
    '\u00a0{"a":1}',
    '{"a":"\u0001"}',
    '{"a\t":1}',
    '{"a":[[[[[[1]]]]]}',
    '{"id":%,"a":"x","n":"',
    '{"n":--1}',
  ],
]

/** Lines: those of a few records over and over, and here and there another. */
const linesOf = (record: fc.Arbitrary<string>, other: fc.Arbitrary<string>): fc.Arbitrary<readonly string[]> =>
  fc
    .tuple(
      fc.array(record, { minLength: 1, maxLength: 8, size: 'large' }),
      fc.array(fc.nat(100), { maxLength: 60, size: 'max' }),
      mostly(fc.constant<[number, string][]>([]), fc.array(fc.tuple(fc.nat(60), other), { maxLength: 3 }), 1),
    )
    .map(([pool, order, others]) => {
      const lines = order.map((at, id) => (pool[at % pool.length] ?? '').replaceAll('%', String(id)))
      for (const [at, line] of others) lines.splice(at, 0, line.replaceAll('%', '0'))
      return lines
    })

/** A file of lines: with and without a mark, with all ends of lines, and with bytes that are no text. */
const fileOf = (lines: fc.Arbitrary<readonly string[]>, header: readonly string[] | null): fc.Arbitrary<string> =>
  fc
    .record({
      lines,
      hasMark: fc.constantFrom(true, false, false, false, false, false),
      ends: fc.constantFrom(['\n'], ['\n'], ['\r\n'], ['\n', '\r\n', '\n\n'], ['\n', '\n', '\n', '\n', '\r']),
      hasEnd: fc.boolean(),
      wrong: mostly(
        fc.constant(null),
        fc.tuple(fc.nat(70), fc.constantFrom('\xff', '\xc3', '\xed\xa0\x80', '\xc0\x80', '\0', '\xf4\x90\x80\x80')),
        5,
      ),
    })
    .map(({ lines, hasMark, ends, hasEnd, wrong }) => {
      const all = header === null ? lines : [header.join(';'), ...lines]
      const texts = all.map((line, at) => {
        const isLast = at === all.length - 1
        const latin = Buffer.from(line).toString('latin1')
        const middle = Math.floor(latin.length / 2)
        const dirty = wrong?.[0] === at ? latin.slice(0, middle) + wrong[1] + latin.slice(middle) : latin
        return dirty + (isLast && !hasEnd ? '' : (ends[at % ends.length] ?? '\n'))
      })
      return (hasMark ? '\xef\xbb\xbf' : '') + texts.join('')
    })

const cleanText = fc.oneof(
  { arbitrary: fc.constantFrom('x', 'x', 'y', 'X', 'é', '', '1', '1.0', ' x', 'null'), weight: 4 },
  { arbitrary: cents, weight: 3 },
)

const csvText = fc.oneof(
  { arbitrary: cleanText, weight: 3 },
  fc.constantFrom(...UGLY_NUMERALS),
  fc.constantFrom(
    'a,b',
    'a;b',
    'tab\there',
    'q"q',
    '"',
    'two\nlines',
    'r\r',
    'two\r\nlines',
    '{',
    '{"a":1}',
    '𝒳',
    '\u2028',
  ),
)

/** The same text with quotes where they must be, or where they may be. */
const csvField = (text: fc.Arbitrary<string>, delimiter: string): fc.Arbitrary<string> =>
  fc.tuple(text, fc.constantFrom(false, false, false, true)).map(([text, isQuoted]) => {
    const isNeeded = text.includes(delimiter) || /["\r\n]/.test(text)
    return isQuoted || isNeeded ? `"${text.replaceAll('"', '""')}"` : text
  })

const CSV_FAULTS = [
  '"open',
  'stray " quote',
  '"a" b,c',
  '"a""',
  'x,"y"z',
  '"',
  'nul\0,b,c',
  '',
  'a',
  'a,b,c,d,e,f,g',
  ',,,',
  ' ',
  '"x',
  '"',
]

const csvRecord = (text: fc.Arbitrary<string>, delimiter: string): fc.Arbitrary<string> =>
  fc.array(csvField(text, delimiter), { minLength: 4, maxLength: 4 }).map((record) => [...record, '%'].join(delimiter))

const csvLines = (delimiter: string): fc.Arbitrary<readonly string[]> => {
  const dirty = csvRecord(csvText, delimiter)
  const other = fc.oneof(fc.constantFrom(...CSV_FAULTS), dirty)
  return mostly(linesOf(csvRecord(cleanText, delimiter), other), linesOf(dirty, other), 2)
}

const jsonFault = fc.oneof(fc.constantFrom(...JSON_FAULTS), dirtyRecord, fc.constantFrom('', ' ', '\r'))

const jsonLines = mostly(linesOf(cleanRecord, jsonFault), linesOf(dirtyRecord, jsonFault), 2)

const headers = fc.shuffledSubarray(FIELDS, { minLength: 5, maxLength: 5 })

/** A reader, and files for it. */
const inputs: fc.Arbitrary<{ readonly input: Reader; readonly files: readonly string[] }> = fc.oneof(
  { arbitrary: reading({ kind: 'jsonLines' }, fileOf(jsonLines, null)), weight: 5 },
  reading({ kind: 'csv', fields: FIELDS }, fileOf(csvLines(','), null)),
  reading(
    { kind: 'csv', header: true, dialect: 'semicolon' },
    headers.chain((names) => fileOf(csvLines(';'), names)),
  ),
  reading({ kind: 'csv', dialect: 'tsv' }, fileOf(csvLines('\t'), null)),
  reading({ kind: 'csv', fields: FIELDS, delimiter: 'é' }, fileOf(csvLines('é'), null)),
  reading(
    { kind: 'dynamic', fields: FIELDS },
    fileOf(fc.oneof(jsonLines, csvLines(','), mixed(jsonLines, csvLines(','))), null),
  ),
  reading(
    { kind: 'dynamic', header: true, dialect: 'semicolon' },
    headers.chain((names) => fileOf(mixed(csvLines(';'), jsonLines), names)),
  ),
  reading({ kind: 'lines' }, fileOf(fc.oneof(jsonLines, csvLines(',')), null)),
)

function reading(input: Reader, file: fc.Arbitrary<string>) {
  return fc.array(file, { minLength: 1, maxLength: 3 }).map((files) => ({ input, files }))
}

/** By turns a line of each. */
function mixed(
  one: fc.Arbitrary<readonly string[]>,
  other: fc.Arbitrary<readonly string[]>,
): fc.Arbitrary<readonly string[]> {
  return fc.tuple(one, other).map(([a, b]) => a.flatMap((line, at) => (at < b.length ? [line, b[at] ?? ''] : [line])))
}

const functionsOf = (most: number): fc.Arbitrary<readonly PartsFunction[]> =>
  fc.array(mostly(fc.constantFrom(...Object.values(NARROW)), fc.constantFrom(...Object.values(WIDE)), 12), {
    maxLength: most,
  })

function namesOf({ kind, ...input }: Reader): readonly string[] {
  if (kind === 'lines') return ['line']
  const isNamed = kind !== 'csv' || 'fields' in input || 'header' in input
  return isNamed ? ['a', 'b', 'n', 'c'] : ['_0', '_1', '_2', '_3']
}

function keysetsOf(input: Reader): fc.Arbitrary<KeysetOptions> {
  const names = namesOf(input)
  const usual = fc.constantFrom(...names)
  const field = fc.oneof(
    { arbitrary: usual, weight: 6 },
    fc.constantFrom(...ODD_FIELDS),
    fc.constantFrom('id', 'missing'),
  )
  const number = mostly(fc.constant(names[2] ?? 'line'), field)
  /** What a scan can sum. */
  const summed: fc.Arbitrary<ValuePart> = fc.oneof(
    { arbitrary: number.map((sum) => ({ sum })), weight: 4 },
    { arbitrary: fc.constant({ sum: 'count' }), weight: 2 },
    number.map((min) => ({ min })),
    number.map((max) => ({ max })),
    number.map((avg) => ({ avg })),
    number.map((count) => ({ count })),
  )
  const valuePart: fc.Arbitrary<ValuePart> = fc.oneof(
    { arbitrary: summed, weight: 6 },
    field.map((countDistinct) => ({ countDistinct })),
    field.map((countDistinct) => ({ countDistinct, approximate: true })),
    fc.tuple(number, fc.constantFrom(0, 0.5, 0.9, 1)).map(([quantile, q]) => ({ quantile, q })),
  )
  return fc
    .record({
      keyParts: fc.uniqueArray(mostly(usual, field), { minLength: 1, maxLength: 2 }),
      valueParts: fc.oneof(fc.array(summed, { minLength: 1, maxLength: 5 }), fc.array(valuePart, { maxLength: 5 })),
      partsPreprocess: mostly(fc.constant([]), functionsOf(2), 3),
    })
    .map((keyset) => ({
      ...keyset,
      valueParts: keyset.valueParts.map((part, at) => ({ ...Object(part), as: `v${at}` }) as ValuePart),
    }))
}

const cuts: fc.Arbitrary<Cut> = fc.record({
  piecesBytes: fc.constantFrom(100, 1_000, 100_000, 100_000),
  tasks: fc.integer({ min: 1, max: 2 }),
  groupsMax: fc.constantFrom(1, 5, 1_000, 1_000),
  isGzip: fc.constantFrom(false, false, false, true),
})

const transforms: fc.Arbitrary<Readonly<Record<string, FieldTransform>>> = fc.dictionary(
  fc.constantFrom('a', 'b', 'n', 'c', 'line', '_0', '__proto__'),
  fc.constantFrom(...Object.values(TRANSFORMS)),
  { maxKeys: 2 },
)

/** Random rules for a reader. */
const rulesOf = (input: Reader): fc.Arbitrary<RuleOptions> =>
  fc
    .record({
      partsPreprocess: fc.oneof(fc.constantFrom([], [count], [NARROW.isX]), functionsOf(3)),
      fieldTransforms: mostly(fc.constant({}), transforms, 2),
      keysets: fc.array(keysetsOf(input), { minLength: 1, maxLength: 3 }),
      partitions: fc.constantFrom(1, 1, 2),
    })
    .map(({ keysets, ...more }) => ({
      name: 'drawn',
      input,
      params: { factor: 3 },
      maxBadRatio: 1,
      ...more,
      keysets: Object.fromEntries(keysets.map((keyset, at) => [`set${at}`, keyset])),
    }))

/** Random rules over random dirty data. */
export const engineCases: fc.Arbitrary<EngineCase> = inputs.chain(({ input, files }) =>
  fc.record({
    files: fc.constant(files),
    cut: cuts,
    keyset: fc.constantFrom(null, null, null, 'set0'),
    options: rulesOf(input),
  }),
)

/** A run that keeps its groups, and the rule as it is later. */
export interface KeptCase extends EngineCase {
  readonly saved: RuleOptions
  readonly isParted: boolean
}

/** All that there is to ask for, so that most of what is asked later was kept. */
const allFields = (input: Reader): KeysetOptions => ({
  keyParts: namesOf(input).slice(0, 2),
  valueParts: namesOf(input).map((count, at) =>
    at % 4 === 2 ? { sum: count, as: 'n' } : { countDistinct: count, as: `f${at}` },
  ),
})

/** Rules that were changed since a run kept its groups: some in their keysets alone, some in all. */
export const keptCases: fc.Arbitrary<KeptCase> = inputs.chain(({ input, files }) =>
  fc
    .record({
      drawn: fc.record({
        files: fc.constant(files),
        cut: cuts,
        keyset: fc.constantFrom(null, null, null, 'set0'),
        options: rulesOf(input),
      }),
      saved: rulesOf(input),
      isSameMap: fc.boolean(),
      isAll: fc.constantFrom(true, true, false),
      isParted: fc.boolean(),
    })
    .map(({ drawn, saved, isSameMap, isAll, isParted }) => {
      const { partsPreprocess = [], fieldTransforms = {} } = drawn.options
      const keysets = { ...saved.keysets, ...(isAll && { all: allFields(input) }) }
      return {
        ...drawn,
        isParted,
        saved: { ...saved, ...(isSameMap && { partsPreprocess, fieldTransforms }), keysets },
      }
    }),
)
