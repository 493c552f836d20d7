import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import type { GroupScan } from '#hob/rule/groups/group-plan.js'
import { runsOf } from '../arbitraries.js'
import { readText, type ScanCase, scanText } from './scan-oracle.js'

/** What a scanner took must be what the row readers make of it. */
function check(scanCase: ScanCase): ReturnType<typeof scanText> {
  const scanned = scanText(scanCase)
  const read = readText(scanCase, scanned.taken)
  assert.equal(scanned.rows, read.rows)
  assert.deepEqual(scanned.groups, read.groups)
  return scanned
}

const NAMES = ['a', 'b', 'n', 'ü', 'a longer name than others have, of more than 32 bytes', '', '_0', '_2', 'line']

const scans = (isNumbers: boolean): fc.Arbitrary<readonly GroupScan[]> =>
  fc.array(
    fc.record({
      keysets: fc.constant([]),
      fields: fc.option(fc.uniqueArray(fc.constantFrom(...NAMES), { maxLength: 4 }), { freq: 6 }),
      values: isNumbers
        ? fc.array(fc.record({ part: fc.constantFrom(...NAMES), isNumber: fc.boolean() }), { maxLength: 3 })
        : fc.constant([]),
    }),
    { minLength: 1, maxLength: 3 },
  )

const BLANKS = fc.constantFrom('', '', '', '', ' ', '\t', '\r', '  ')

const STRINGS = fc.oneof(
  fc.constantFrom(
    '"Simpson"',
    '""',
    '"a"',
    '"x"',
    '"12.50"',
    '"-3"',
    '"\\u00fc\\n\\"\\/"',
    '"Términos"',
    '"\u{1F355}"',
  ),
  fc.string({ maxLength: 40, unit: 'grapheme' }).map((text) => JSON.stringify(text.replaceAll('\0', ''))),
)

const NUMBERS = fc.oneof(
  fc.constantFrom(
    '0',
    '-0',
    '1',
    '1.0',
    '-12.5',
    '0.1',
    '0.2',
    '1e5',
    '1E-7',
    '123456789012345678',
    '0.000001',
    '9007199254740993',
  ),
  fc.integer({ min: -1000, max: 1000 }).map((cents) => String(cents / 100)),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((double) => JSON.stringify(double)),
)

const VALUES = fc.oneof(
  { weight: 4, arbitrary: STRINGS },
  { weight: 3, arbitrary: NUMBERS },
  {
    weight: 1,
    arbitrary: fc.constantFrom('null', 'true', 'false', '[]', '{}', '[1, {"a":[null,"]}"]}]', '{ "x\\n" : {"y":[ ] }}'),
  },
)

const KEYS = fc.constantFrom(...NAMES, 'a', 'b', 'n', 'other').map((name) => JSON.stringify(name))

const objects = (blanks: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(fc.tuple(KEYS, VALUES, blanks, blanks, blanks), { maxLength: 6 }), blanks, blanks)
    .map(([members, before, after]) => {
      const inner = members.map(([key, value, a, b, c]) => `${a}${key}${b}:${c}${value}`).join(`${before},`)
      return `${before}{${inner}${after}}${after}`
    })

/** Objects that look alike, as most do. */
const ALIKE = fc.tuple(STRINGS, NUMBERS).map(([a, n]) => `{"a":${a},"n":${n}}`)

const JSON_LINES = fc.oneof(
  { weight: 2, arbitrary: objects(fc.constant('')) },
  { weight: 1, arbitrary: objects(BLANKS) },
  { weight: 3, arbitrary: ALIKE },
)

const CELLS = fc.oneof(
  fc.constantFrom(
    '',
    'x',
    'Simpson',
    '""',
    '"a"',
    '"a, b"',
    '"say ""hm"""',
    '12.50',
    '"12.50"',
    '-7',
    '+.5',
    '5.',
    ' 1',
    '{',
    '\r',
    '"a\rb"',
    '0x1',
    '1e3',
  ),
  NUMBERS,
  STRINGS.filter((text) => !text.includes('\\')),
  fc.string({ maxLength: 40 }).map((text) => `"${text.replaceAll('"', '""')}"`),
)

const csvLines = (delimiter: string): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(CELLS, { minLength: 3, maxLength: 3 }), fc.constantFrom('', '', '\r'))
    .map(([cells, end]) => cells.join(delimiter) + end)

/** Bytes that make something else of a line. */
const SHARP = [
  '"',
  '"',
  '\\',
  ',',
  '{',
  '}',
  '[',
  ']',
  ':',
  '\n',
  '\r',
  ' ',
  '\t',
  '\u0001',
  '0',
  '-',
  '.',
  'e',
  'u',
  'n',
  'ü',
]

/** Now and then a line of which something is lost, or has something else in it. */
const dirty = (lines: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 4, arbitrary: lines },
    {
      weight: 1,
      arbitrary: fc.tuple(lines, fc.nat(), fc.nat(2), fc.constantFrom(...SHARP, '')).map(([line, place, lost, put]) => {
        const at = place % (line.length + 1)
        return (line.slice(0, at) + put + line.slice(at + lost)).toWellFormed()
      }),
    },
    {
      weight: 1,
      arbitrary: fc.constantFrom(
        '',
        '\r',
        ' ',
        '[1]',
        '3',
        '"x"',
        'null',
        '{',
        '{}',
        '{"__proto__":1}',
        '{"\\u0061":1}',
        '{"a":1,"a":2}',
        '{"a":01}',
        '{"a":tru}',
      ),
    },
  )

const textOf = (lines: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(fc.array(lines, { maxLength: 30 }), fc.boolean())
    .map(([list, isEnded]) => list.join('\n') + (isEnded ? '\n' : ''))

const WAYS = {
  blockBytes: fc.constantFrom(0, 10, 100, 10_000),
  bytesMax: fc.constantFrom(1e7, 1e7, 1e7, 20_000, 9_000),
}

const jsonCases = (lines: fc.Arbitrary<string>): fc.Arbitrary<ScanCase> =>
  fc.record({
    format: fc.constant('json' as const),
    delimiter: fc.constant(','),
    columns: fc.constant(null),
    scans: scans(true),
    text: textOf(lines),
    ...WAYS,
  })

const csvCases = (format: 'csv' | 'dynamic', isDirty: boolean): fc.Arbitrary<ScanCase> =>
  fc.constantFrom(',', ',', '\t', ';', ' ', '{').chain((delimiter) => {
    const clean = format === 'csv' ? csvLines(delimiter) : fc.oneof(csvLines(delimiter), JSON_LINES)
    return fc.record({
      format: fc.constant(format),
      delimiter: fc.constant(delimiter),
      columns: fc.constantFrom(null, ['a', 'n', 'b'], ['_0', 'ü', 'n']),
      scans: scans(true),
      text: textOf(isDirty ? dirty(clean) : clean),
      ...WAYS,
    })
  })

describe('a text scanner', () => {
  test('takes JSON as the row reader does, or not at all', () => {
    fc.assert(
      fc.property(jsonCases(dirty(JSON_LINES)), (scanCase) => void check(scanCase)),
      runsOf(1_000),
    )
  })

  test('takes CSV as the row reader does, or not at all', () => {
    fc.assert(
      fc.property(csvCases('csv', true), (scanCase) => void check(scanCase)),
      runsOf(1_000),
    )
  })

  test('takes lines of both as the row reader does, or not at all', () => {
    fc.assert(
      fc.property(csvCases('dynamic', true), (scanCase) => void check(scanCase)),
      runsOf(1_000),
    )
  })
})
