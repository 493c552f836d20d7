import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { count, csv, jsonLines, type KeysetOptions, type Reader, type RuleOptions } from '#hob/index.js'
import { Duck } from '#hob/rule/result/duck.js'
import { oracle } from '../oracle.js'
import { type Cut, runThrough } from '../real-path.js'
import { JSON_NUMERALS, UGLY_NUMERALS } from './engine-cases.js'

// One definition of what is a number, in every place that a value can have, whoever reads it.

let folder = ''
let duck: Duck

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-numbers-'))
  duck = await Duck.open({ memoryBytes: 2 ** 28, threads: 1, folder })
})

afterAll(async () => {
  await duck.close()
  await rm(folder, { recursive: true })
})

const SUMMED: Readonly<Record<string, KeysetOptions>> = {
  /** What a scan adds up of one numeral. */
  each: { keyParts: ['k'], valueParts: ['n', { min: 'n' }, { max: 'n' }, { avg: 'n' }, { count: 'n' }, 'count'] },
  /** Of two together. */
  pairs: { keyParts: ['pair'], valueParts: ['n', { min: 'n' }, { max: 'n' }, { avg: 'n' }] },
}

const READ: Readonly<Record<string, KeysetOptions>> = {
  ...SUMMED,
  /** A list of each, for which numerals are read. */
  lists: { keyParts: ['k'], valueParts: [{ quantile: 'n', q: 0.5 }, { countDistinct: 'n' }] },
  keys: { keyParts: ['n'], valueParts: ['count'] },
}

const ruleOf = (input: Reader, keysets: typeof SUMMED): RuleOptions => ({
  name: 'numbers',
  input,
  partsPreprocess: [count],
  keysets,
})

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** Each numeral four times, as another record each time, between plain ones: a line that is not scanned takes others along. */
const linesOf = (numerals: readonly string[], line: (numeral: string, at: number) => string): string =>
  [0, 1, 2, 3]
    .map(() => numerals.map((numeral, at) => `${line(numeral, at)}\n${`${line('2', 1_000)}\n`.repeat(3)}`).join(''))
    .join('')

/** The oracle has no sums beyond the largest double. */
const UGLY = UGLY_NUMERALS.filter((numeral) => !(Math.abs(Number(numeral)) > 1e300))
const JSON_UGLY = JSON_NUMERALS.filter((numeral) => UGLY.includes(numeral))

const CASES: Readonly<Record<string, readonly [Reader, string]>> = {
  'numbers of JSON': [jsonLines(), linesOf(JSON_UGLY, (n, at) => `{"k":${at},"pair":${at >> 1},"n":${n}}`)],
  'numbers of JSON with space around': [
    jsonLines(),
    linesOf(JSON_UGLY, (n, at) => ` { "n"\t: ${n}\r, "pair" : ${at >> 1} , "k":${at} } `),
  ],
  'texts of JSON': [jsonLines(), linesOf(UGLY, (n, at) => `{"n":${JSON.stringify(n)},"k":${at},"pair":${at >> 1}}`)],
  'escaped texts of JSON': [
    jsonLines(),
    linesOf(UGLY, (n, at) => {
      const escaped = [...n].map((c) => `\\u${(c.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`).join('')
      return `{"n":"${escaped}","k":${at},"pair":${at >> 1}}`
    }),
  ],
  'fields of CSV': [
    csv({ fields: ['k', 'n', 'pair'] }),
    linesOf(UGLY, (n, at) => `${at},${/[,"\r\n]/.test(n) ? quoted(n) : n},${at >> 1}`),
  ],
  'fields of CSV at the end of lines': [
    csv({ fields: ['k', 'pair', 'n'] }),
    linesOf(UGLY, (n, at) => `${at},${at >> 1},${/[,"\r\n]/.test(n) ? quoted(n) : n}`),
  ],
  'fields of CSV in quotes': [
    csv({ fields: ['k', 'n', 'pair'], dialect: 'semicolon' }),
    linesOf(UGLY, (n, at) => `${at};${quoted(n)};"${at >> 1}"`),
  ],
}

const cut: Cut = { piecesBytes: 2 ** 20, tasks: 1, groupsMax: 1_000, isGzip: false }
const byGroups: Cut = { ...cut, engine: 'groups' }

describe('ugly numerals', () => {
  for (const [name, [input, text]] of Object.entries(CASES)) {
    for (const [how, keysets] of Object.entries({ summed: SUMMED, read: READ })) {
      test(`are the same by both engines, and what they mean, as ${name} that are ${how}`, {
        timeout: 60_000,
      }, async () => {
        const options = ruleOf(input, keysets)
        const expected = oracle(options, [Buffer.from(text)])
        const csvOf = Object.fromEntries(Object.entries(expected.results).map(([keyset, table]) => [keyset, table.csv]))
        const { paths: _, ...rows } = await runThrough(options, [Buffer.from(text)], { cut, duck })
        const { paths, ...groups } = await runThrough(options, [Buffer.from(text)], { cut: byGroups, duck })
        assert.deepEqual(groups.csv, csvOf)
        assert.deepEqual(groups, rows)
        // Numerals that are summed and not plain are left to the rows, and so are records of several lines.
        const grouped = paths.reduce((sum, { rows }) => sum + rows, 0)
        const least = name.startsWith('escaped') && how === 'summed' ? 0 : how === 'summed' ? 0.75 : 0.95
        assert.ok(grouped >= expected.counters.rowsRead * least, `${grouped} of ${expected.counters.rowsRead}`)
      })
    }
  }

  test('are the same by both engines when their sums are infinite', { timeout: 60_000 }, async () => {
    const large = [
      '1.7976931348623157e308',
      '-1.7976931348623157e308',
      '1.7976931348623159e308',
      '1e308',
      '1e400',
      '-1e400',
    ]
    const text = linesOf(large, (n, at) => `{"n":${n},"k":${at},"pair":${at >> 1}}`)
    const options = ruleOf(jsonLines(), SUMMED)
    const { paths, ...groups } = await runThrough(options, [Buffer.from(text)], { cut: byGroups, duck })
    const { paths: _, ...rows } = await runThrough(options, [Buffer.from(text)], { cut, duck })
    assert.deepEqual(groups, rows)
    assert.match(groups.csv.each ?? '', /^0,Infinity,/m)
    assert.ok((paths[0]?.rows ?? 0) > 0)
  })
})
