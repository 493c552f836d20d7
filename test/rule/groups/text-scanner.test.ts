import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import type { GroupScan } from '#hob/rule/groups/group-plan.js'
import type { ScannerOptions } from '#hob/rule/groups/scanned.js'
import { TextScanner } from '#hob/rule/groups/text-scanner.js'
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

const anyScans = (isNumbers: boolean): fc.Arbitrary<readonly GroupScan[]> =>
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
    '"a\nb"',
    '"\r\n{ ""x"",\n"',
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

const jsonCases = (lines: fc.Arbitrary<string>, isSummed = true): fc.Arbitrary<ScanCase> =>
  fc.record({
    format: fc.constant('json' as const),
    delimiter: fc.constant(','),
    columns: fc.constant(null),
    scans: anyScans(isSummed),
    text: textOf(lines),
    ...WAYS,
  })

const csvCases = (format: 'csv' | 'dynamic', isDirty: boolean, isSummed = isDirty): fc.Arbitrary<ScanCase> =>
  fc.constantFrom(...(isDirty ? [',', ',', '\t', ';', ' ', '{'] : [','])).chain((delimiter) => {
    const clean =
      format === 'csv'
        ? csvLines(delimiter)
        : fc.oneof(
            csvLines(delimiter).map((line) => line.replace(/^\{/, 'x')),
            JSON_LINES.map((line) => line.trimStart()),
          )
    return fc.record({
      format: fc.constant(format),
      delimiter: fc.constant(delimiter),
      columns: fc.constantFrom(null, ['a', 'n', 'b'], ['_0', 'ü', 'n']),
      scans: anyScans(isSummed),
      text: textOf(isDirty ? dirty(clean) : clean),
      ...WAYS,
    })
  })

/** Runs of a property; each makes a scanner, with memory of its own. */
const RUNS = 60

describe('a text scanner', () => {
  test('takes JSON as the row reader does, or not at all', () => {
    fc.assert(
      fc.property(jsonCases(dirty(JSON_LINES)), (scanCase) => void check(scanCase)),
      runsOf(RUNS),
    )
  })

  test('takes CSV as the row reader does, or not at all', () => {
    fc.assert(
      fc.property(csvCases('csv', true), (scanCase) => void check(scanCase)),
      runsOf(RUNS),
    )
  })

  test('takes lines of both as the row reader does, or not at all', () => {
    fc.assert(
      fc.property(csvCases('dynamic', true), (scanCase) => void check(scanCase)),
      runsOf(RUNS),
    )
  })

  test('takes plain lines', () => {
    const cases = jsonCases(dirty(JSON_LINES), true).map((scanCase): ScanCase => ({ ...scanCase, format: 'lines' }))
    fc.assert(
      fc.property(cases, (scanCase) => void check(scanCase)),
      runsOf(RUNS / 5),
    )
  })

  test('takes all that is written well', () => {
    // What ends with a block in the middle of a record is left, and what has no room at all.
    const isTaken = (scanCase: ScanCase): void =>
      assert.deepEqual(check({ ...scanCase, blockBytes: 1_000_000, bytesMax: 1e7 }).odd, [])
    fc.assert(fc.property(jsonCases(JSON_LINES, false), isTaken), runsOf(RUNS / 5))
    fc.assert(fc.property(csvCases('csv', false), isTaken), runsOf(RUNS / 5))
    fc.assert(fc.property(csvCases('dynamic', false), isTaken), runsOf(RUNS / 5))
  })
})

const scan = (fields: GroupScan['fields'], ...parts: readonly string[]): GroupScan => ({
  keysets: [],
  fields,
  values: parts.map((part) => ({ part, isNumber: true })),
})

const JSON_CASE = { format: 'json', delimiter: ',', columns: null, bytesMax: 1e8, blockBytes: 1e6 } as const
const CSV_CASE = { ...JSON_CASE, format: 'csv' } as const

describe('lines of JSON', () => {
  test.each([
    ...[
      '{"a":1}',
      ' {\t"a" :\t1 }\r',
      '{"a": 1}',
      '{"a":\t "x"}',
      '{}',
      '{ }',
      '{"a":"\\u00e9\\ud800 \\/\\b\\f\\n\\r\\t\\"\\\\"}',
      '{"a":"\u007f\u2028"}',
    ],
    ...['{"a":-0.5E+10}', '{"a":[[],{},{"__proto__":[{"\\u0061":null}]}]}', '{"a":1,"a":2}', '{"b":{"a":1},"n":"x"}'],
    ...[
      '{"":1}',
      `{"${'k'.repeat(200)}":1,"a":3}`,
      `{"a":"${'x'.repeat(1_000)}"}`,
      `{"a":${'['.repeat(60)}${']'.repeat(60)}}`,
    ],
  ])('%s is taken', (line) => {
    for (const text of [line, `${line}\n`, `{"a":1}\n\n${line}\n{"a":2}`, `${line}\n${line}\n`]) {
      assert.deepEqual(check({ ...JSON_CASE, scans: [scan(['a', '']), scan(null), scan([])], text }).odd, [])
    }
  })

  test.each([
    ...[
      '{',
      '}',
      '{]',
      '{"a"}',
      '{"a":}',
      '{"a":1',
      '{"a":1,}',
      '{,}',
      '{"a" 1}',
      '{a:1}',
      "{'a':1}",
      '{"a":1}}',
      '{"a":1} x',
      'x',
    ],
    ...[
      '{"a":01}',
      '{"a":1.}',
      '{"a":.5}',
      '{"a":-}',
      '{"a":+1}',
      '{"a":1e}',
      '{"a":1e+}',
      '{"a":0x1}',
      '{"a":NaN}',
      '{"a":--1}',
    ],
    ...[
      '{"a":tru}',
      '{"a":truE}',
      '{"a":falsy}',
      '{"a":nul}',
      '{"a":undefined}',
      '{"a":"x}',
      '{"a":"\t"}',
      '{"a":"\u0001"}',
      '{"a":"\u0001n"}',
      '{"a":"\tn"}',
    ],
    ...[
      '{"a":"\\x"}',
      '{"a":"\\u12g4"}',
      '{"a":"\\u123g"}',
      '{"a":"\\u123"}',
      '{"a":"\\"}',
      '{"a":[1,]}',
      '{"a":[,]}',
      '{"a":[1 2]}',
      '{"a":[1}}',
    ],
    ...[
      '{"a":{"b":1]}',
      '{"a":{"b"}}',
      '{"a":{"b":1,}}',
      '{"a":{,}}',
      '{"a":{1:1}}',
      '{"a":1 "b":2}',
      '{"a":1,,"b":2}',
      '{"a":1;"b":2}',
    ],
    ...[
      '[]',
      '[{"a":1}]',
      '3',
      '"x"',
      'null',
      'true',
      '{"\\u0061":1}',
      '{"__proto__":1}',
      '\u00a0',
      '\u000b',
      '{"a":1}\u00a0',
      '\ufeff{}',
    ],
    ...[`{"a":${'['.repeat(61)}${']'.repeat(61)}}`, `{"a":${'['.repeat(100)}`, '{"a":"x', '{"a":"x\\'],
  ])('%s is left to the row reader', (line) => {
    for (const text of [line, `${line}\n`, `{"a":1}\n${line}\n{"a":2}`]) {
      assert.deepEqual(check({ ...JSON_CASE, scans: [scan(['a'])], text }).odd.length, 1, text)
    }
  })

  test('what stood where in the lines before makes no difference', () => {
    const lines = [
      '{"a":1,"b":2}',
      '{"b":2}',
      '{"b":2,"a":1}',
      ',"a":1}',
      '{"a":1{"b":2}',
      '{"a":1,"c":{"a":3}}',
      '{}',
      '}',
      '{"a":1',
    ]
    const texts = fc.array(fc.constantFrom(...lines), { maxLength: 20 }).map((list) => list.join('\n'))
    fc.assert(
      fc.property(texts, (text) => void check({ ...JSON_CASE, scans: [scan(['a', 'b'])], text })),
      runsOf(100),
    )
  })

  test('more kinds of keys than are remembered', () => {
    const lines = Array.from(
      { length: 5_000 },
      (_, at) => `{"k${at % 1_013}":1,"a":${at % 7},"${'x'.repeat(at % 150)}":2}`,
    )
    const { odd, groups } = check({ ...JSON_CASE, scans: [scan(['a', 'k3'])], text: lines.join('\n') })
    assert.deepEqual(odd, [])
    assert.equal(groups[0]?.size, 12)
    // One shape may take the place of another, but not where only the other may stand.
    const wrong = Array.from({ length: 1_500 }, (_, at) => `{"a":1,"k${at}":2}\n,"k${at}":2}`)
    assert.equal(check({ ...JSON_CASE, scans: [scan(['a'])], text: wrong.join('\n') }).odd.length, 1_500)
  })
})

describe('records of CSV', () => {
  test.each([
    ...[
      'a,b,c',
      ',,',
      '"a","b","c"',
      '"a,""b""",,"\n"'.replace('\n', '\r'),
      '"","""",""""""',
      'a\r,b,c\r',
      '"a","b","c"\r',
      'a,"b\nb",c',
      '"\n{""\n","\r\n",","\r',
      'ü,"é",\u{1F355}',
    ],
    `${'x'.repeat(300)},"${'y,""'.repeat(100)}",z`,
  ])('%s is taken', (line) => {
    for (const text of [line, `${line}\n`, `1,2,3\n\n${line}\n\r\n4,5,6`, `${line}\n`.repeat(200)]) {
      const scans = [scan(['a', 'c', 'd']), scan(null), scan(['b'])]
      assert.deepEqual(check({ ...CSV_CASE, columns: ['a', 'b', 'c'], scans, text }).odd, [])
    }
  })

  test.each([
    ...[
      'a,b',
      'a,b,c,d',
      'a,b"c",d',
      '"a"b,c,d',
      '"a,b,c',
      'a,b,c"',
      '"a" ,b,c',
      ' "a",b,c',
      '"a""b,c,d',
      '"a","b","c"\r\r',
      '"a"\r,b,c',
    ],
  ])('%s is left to the row reader', (line) => {
    for (const text of [line, `${line}\n`, `1,2,3\n${line}\n4,5,6`, `${'1,2,3\n'.repeat(500)}${line}\n`]) {
      const { odd } = check({ ...CSV_CASE, columns: ['a', 'b', 'c'], scans: [scan(['a', 'c'])], text })
      assert.ok(odd.length > 0, text)
    }
  })

  test('of 10,000 fields without names, and no more', () => {
    const text = `1,2\n${','.repeat(9_999)}x\n${','.repeat(10_000)}x\n3\n${','.repeat(40_000)}\n4\n`
    const { odd, rows } = check({ ...CSV_CASE, scans: [scan(['_0', '_9999', '_10000', '_01'])], text })
    assert.deepEqual([odd.length, rows], [2, 4])
  })

  test('longer than what is looked at together', () => {
    const lines = Array.from({ length: 60 }, (_, at) => `${at % 3},"${'long "" '.repeat(at * 100)}",z`)
    const { odd, groups } = check({ ...CSV_CASE, scans: [scan(['_0', '_2'])], text: lines.join('\n') })
    assert.deepEqual([odd, groups[0]?.size], [[], 3])
  })
})

/** Decimals of up to 19 digits, of which some lie between two doubles. */
const DECIMALS: fc.Arbitrary<string> = fc
  .tuple(
    fc.oneof(
      fc.bigInt({ min: -(10n ** 19n) + 1n, max: 10n ** 19n - 1n }),
      fc.bigInt({ min: 2n ** 53n, max: 2n ** 60n }).map((digits) => (digits / 2n) * 2n + 1n),
      fc.bigInt({ min: -1000n, max: 1000n }),
    ),
    fc.nat(19),
    fc.option(fc.integer({ min: -12, max: 4 }), { nil: null, freq: 2 }),
  )
  .map(([digits, point, exponent]) => {
    const text = String(digits < 0n ? -digits : digits).padStart(point + 1, '0')
    const whole = `${digits < 0n ? '-' : ''}${text.slice(0, text.length - point)}`
    return `${whole}${point > 0 ? `.${text.slice(text.length - point)}` : ''}${exponent === null ? '' : `e${exponent}`}`
  })

describe('values', () => {
  test.each([
    ...[
      '0',
      '-0',
      '12',
      '-12.50',
      '0.1',
      '9007199254740993',
      '0.000001',
      '1234567890.12345',
      '-1234567890123456789',
      '-1099511627776',
    ],
    ...['1e5', '1.5E-7', '-2.5e+3', '0.30000000000000004', '0e9999', '1000000000000000000000.0'.slice(0, 19)],
    ...[
      '"7"',
      '"+7"',
      '"-7."',
      '".5"',
      '"007.50"',
      '"1e5"',
      '" 1"',
      '"1\t "'.replace('\t', ' '),
      '"00000000000000000000001"',
    ],
    ...[
      '""',
      '" "',
      '"x"',
      '"\u00a01"',
      '"0x10"',
      '"-"',
      '"."',
      '"1.2.3"',
      '"1_000"',
      '"1e"',
      '"1e+"',
      '"1 2"',
      '"-x\\u0031"',
    ],
    ...['true', 'false', 'null', '[1]', '{"a":1}', '"2011-11-21"', '"Infinity"', '"1,5"'],
  ])('%s is summed', (value) => {
    const text = `{"a":1,"n":${value}}\n{"a":1,"n":0.1}\n{"a":1,"n":-0.3}\n{"a":1}\n`.repeat(3)
    assert.deepEqual(check({ ...JSON_CASE, scans: [scan(['a'], 'n'), scan([], 'n', 'a')], text }).odd, [])
  })

  test.each([
    ...[
      '12345678901234567890',
      '0.12345678901234567890',
      '1e999',
      '1e30',
      '-1e20',
      '0.0000000000000000123456789',
      '1e-40',
    ],
    ...['"\\u0031"', '"\\n1"', '"1\\n"', '"1.\\u0031"', '"1e\\u0031"', '"-\\u0031"', '"12345678901234567890"'],
  ])('%s may be a number, and is left to the row reader', (value) => {
    const text = `{"a":1,"n":${value}}\n{"a":1,"n":0.1}\n`
    assert.equal(check({ ...JSON_CASE, scans: [scan(['a'], 'n')], text }).odd.length, 1)
  })

  test('are the doubles nearest to what is written, and their sums are exact', () => {
    const texts = fc.array(DECIMALS, { minLength: 1, maxLength: 60 }).map((list) => list.join('\n'))
    const isLeft = (text: string): boolean => Math.abs(Number(text)) >= 2 ** 64 || Math.abs(Number(text)) < 2 ** -38
    const isTaken = (text: string): void => {
      const { odd } = check({ ...CSV_CASE, scans: [scan([], '_0'), scan(['_0'], '_0')], text })
      assert.deepEqual(
        odd.filter((line) => !isLeft(line)),
        [],
      )
    }
    fc.assert(fc.property(texts, isTaken), runsOf(RUNS / 2))
  })

  test('of many digits are the doubles nearest to them', () => {
    // One of two thousand needs all 128 bits of a power of five.
    const texts = Array.from({ length: 20_000 }, (_, at) => {
      const digits = String((BigInt(at + 1) * 0x9e3779b97f4a7c15n) % 10n ** 19n).padStart(10, '1')
      const point = at % digits.length
      return `${digits.slice(0, point)}.${digits.slice(point)}${at % 3 === 0 ? `e-${at % 7}` : ''}`
    })
    const scanner = new TextScanner({ ...CSV_CASE, scans: [scan(['_0'], '_0')] })
    scanner.load(Buffer.from(texts.join('\n')))
    scanner.scan(0)
    const [...groups] = scanner.groups(0)
    assert.deepEqual([scanner.stopped, groups.length], ['end', texts.length])
    for (const { fields, values } of groups) assert.equal(values[0]?.min, Number(fields[0]))
  })

  test.each([
    ['134217727', '-134217727', '134217728', '-134217728'],
    ['99999999', '100000000', '12345678', '123456789012345', '1234567890123456'],
    ['1', '', 'x', '0.25'],
    ['-0', '0', '"7"', '007', '-7.0', '1e3'],
  ])('have their sums, whatever came before of a group: %s, %s, %s, %s …', (...others) => {
    const present = { keysets: [], fields: ['_0'], values: [{ part: '_1', isNumber: false }] }
    const scans = [scan(['_0'], '_1'), present, scan([], '_1', '_2')]
    // Groups that have nothing else than small whole numbers at first, and such as have something else at once.
    for (const before of [0, 1, 40]) {
      const rows = Array.from({ length: before }, (_, at) => `g${at % 3},${at},${at}`)
      const later = others.flatMap((other, at) => [
        `g${at % 3},${other},`,
        `h${at},${other}`,
        `g0,${at}`,
        `${other},5,0.1`,
      ])
      const text = [...rows, ...later, ...rows, ...later].join('\n')
      assert.deepEqual(check({ ...CSV_CASE, scans, text }).odd, [])
    }
  })

  test('a part may also be a field, and count only where it is there', () => {
    const present = { keysets: [], fields: ['n'], values: [{ part: 'n', isNumber: false }] }
    const text = '{"n":1}\n{"n":null}\n{}\n{"n":"\\u0031"}\n{"n":1}\n'
    assert.deepEqual(check({ ...JSON_CASE, scans: [present, scan(['a'])], text }).odd, [])
    assert.equal(check({ ...JSON_CASE, scans: [present, scan(['n'], 'n')], text }).odd.length, 1)
  })
})

const A = 0x9e3779b97f4a7c15n
const B = 0xff51afd7ed558ccdn
const C = 0xc4ceb9fe1a85ec53n
const u64 = (number: bigint): bigint => BigInt.asUintN(64, number)
const rotated = (number: bigint, by: bigint): bigint => u64(number << by) | (number >> (64n - by))

/** What `hashOf` of scan/bytes.ts makes of the first half of 16 bytes. */
function halfHash(half: bigint, before: bigint): bigint {
  const mixed = u64((before ^ half) * B)
  return mixed ^ (mixed >> 29n)
}

const halfOf = (text: string): bigint => Buffer.from(text).readBigUInt64LE()

/** What it makes of the length and 16 bytes that come before. */
function hashBefore(length: number, start: string): bigint {
  const hash = u64(BigInt(length) * A)
  if (start === '') return hash
  return rotated(u64((rotated(u64((hash ^ halfOf(start.slice(0, 8))) * B), 29n) ^ halfOf(start.slice(8))) * C), 31n)
}

/** A text that ends with 16 other bytes, whose second half makes up for what their first does to the hash: of the same hash, that is. */
function twinOf(text: string): string {
  const start = text.slice(0, -16)
  const before = hashBefore(text.length, start)
  const wanted = halfHash(halfOf(text.slice(-16, -8)), before) ^ halfOf(text.slice(-8))
  const second = Buffer.alloc(8)
  for (let at = 0; ; at++) {
    const first = String(at).padStart(8, 'x')
    second.writeBigUInt64LE(wanted ^ halfHash(halfOf(first), before))
    if (second.every((byte) => byte >= 0x23 && byte < 0x7f && byte !== 0x2c)) return start + first + second.toString()
  }
}

test.each(['Simpson; Simpson', 'Simpson; Simpson and one Simpson'])('texts of one hash are told apart: %s', (text) => {
  const texts = [text, twinOf(text), text, `${twinOf(text)}x`]
  for (const fields of [['_0'], ['_0', '_1']]) {
    const { groups } = check({ ...CSV_CASE, scans: [scan(fields)], text: texts.join(',x\n') })
    assert.equal(groups[0]?.size, 3)
  }
})

describe('memory', () => {
  test('holds many groups, each once', () => {
    const text = Array.from({ length: 20_000 }, (_, at) => `{"a":"${at % 8_000}","b":${at % 3},"c":"${at}"}`).join('\n')
    const { groups, fullCount } = scanText({
      ...JSON_CASE,
      scans: [scan(['a']), scan(['b', 'a'], 'a'), scan(null)],
      text,
    })
    assert.deepEqual(
      groups.map(({ size }) => size),
      [8_000, 20_000, 20_000],
    )
    assert.equal(fullCount, 0)
  })

  test('stops before the record that has no room, and goes on when groups are forgotten', () => {
    const text = Array.from({ length: 6_000 }, (_, at) => `{"a":"${at % 2_000}","b":${at % 2}}`).join('\n')
    const scans = [scan(['b'], 'b'), scan(['a'], 'a'), scan(['a', 'b'])]
    for (const bytesMax of [50_000, 123_456, 1_000_000]) {
      const scanned = check({ ...JSON_CASE, scans, text, bytesMax })
      assert.ok(scanned.fullCount > 1 || bytesMax === 1_000_000)
      assert.deepEqual(scanned.odd, [])
    }
  })

  test('leaves a record for which it has no room at all to the row reader', () => {
    const text = `{"a":1}\n{"a":"${'x'.repeat(100_000)}"}\n{"a":2}\n`
    assert.equal(check({ ...JSON_CASE, scans: [scan(['a'])], text, bytesMax: 50_000 }).odd.length, 1)
    assert.equal(check({ ...JSON_CASE, scans: [scan(['a'])], text, bytesMax: 0 }).odd.length, 3)
  })

  test('a line of more than 8 MiB is left to the row reader', () => {
    const value = 'x'.repeat(8 * 1024 * 1024 - 9)
    const { odd, rows } = scanText({
      ...JSON_CASE,
      scans: [scan(['a'])],
      text: `{"a":"${value}"}\n{"a":"${value}x"}\n{}`,
    })
    assert.deepEqual([odd.length, rows], [1, 2])
  })

  test('what is too much to ask for', () => {
    const made = (options: Partial<ScannerOptions>) => () => new TextScanner({ ...JSON_CASE, scans: [], ...options })
    const many = (count: number, prefix = '') => Array.from({ length: count }, (_, at) => `${prefix}${at}`)
    assert.throws(made({ scans: Array(17).fill(scan(['a'])) }), /17 scans at once; at most 16/)
    assert.throws(made({ scans: [scan(many(20)), scan(many(13, 'x'))] }), /scans of 33 names; at most 32 together/)
    assert.throws(made({ format: 'csv', delimiter: '€' }), /no character of ASCII/)
    assert.throws(() => made({})().load(Buffer.alloc(17 * 1024 * 1024)), /a block of 17825792 bytes/)
    const scans = [...Array(15).fill(scan(null)), scan(many(30), '30', '31')]
    assert.deepEqual(check({ ...JSON_CASE, scans, text: '{"3":1,"31":4}\n{"29":"x"}' }).odd, [])
  })
})

test('names that are no text, or belong to every object', () => {
  const text = '{"\ufffd":1,"constructor":2}\n{"toString":3}\n'
  const [group] = [...check({ ...JSON_CASE, scans: [scan(['\ud800', 'constructor', '__proto__'])], text }).groups]
  assert.deepEqual([...(group?.keys() ?? [])], ['none 2 none', 'none none none'])
})
