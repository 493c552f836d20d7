import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { count, csv, jsonLines, type Reader, type RuleOptions } from '#hob/index.js'
import { Duck } from '#hob/rule/result/duck.js'
import { oracle } from '../oracle.js'
import { runThrough } from '../real-path.js'
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

const ruleOf = (input: Reader): RuleOptions => ({
  name: 'numbers',
  input,
  partsPreprocess: [count],
  keysets: {
    /** All aggregates of one numeral. */
    each: {
      keyParts: ['k'],
      valueParts: ['n', { min: 'n' }, { max: 'n' }, { avg: 'n' }, { count: 'n' }, 'count'],
    },
    /** A list of each, too. */
    lists: { keyParts: ['k'], valueParts: [{ quantile: 'n', q: 0.5 }, { countDistinct: 'n' }] },
    /** As keys. */
    keys: { keyParts: ['n'], valueParts: ['count'] },
    /** All together, by twos. */
    pairs: { keyParts: ['pair'], valueParts: ['n', { min: 'n' }, { max: 'n' }] },
  },
})

const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`

/** Each numeral four times, as another record each time. */
const linesOf = (numerals: readonly string[], line: (numeral: string, at: number) => string): string =>
  [0, 1, 2, 3].map(() => numerals.map((numeral, at) => `${line(numeral, at)}\n`).join('')).join('')

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

describe('ugly numerals', () => {
  for (const [name, [input, text]] of Object.entries(CASES)) {
    test(`are the same by both engines, and what they mean, as ${name}`, { timeout: 60_000 }, async () => {
      const cut = { piecesBytes: 2 ** 20, tasks: 1, groupsMax: 1_000, isGzip: false }
      const options = ruleOf(input)
      const expected = oracle(options, [Buffer.from(text)])
      const csvOf = Object.fromEntries(Object.entries(expected.results).map(([keyset, table]) => [keyset, table.csv]))
      const { paths: _, ...rows } = await runThrough(options, [Buffer.from(text)], { cut, duck })
      const { paths, ...groups } = await runThrough(options, [Buffer.from(text)], {
        cut: { ...cut, engine: 'groups' },
        duck,
      })
      assert.deepEqual(groups.csv, csvOf)
      assert.deepEqual(groups, rows)
      // Records of several lines are left to the rows.
      const grouped = paths.reduce((sum, { rows }) => sum + rows, 0)
      assert.ok(grouped > expected.counters.rowsRead * 0.95, `${grouped} of ${expected.counters.rowsRead}`)
    })
  }

  test('are the same by both engines when their sums are infinite', { timeout: 60_000 }, async () => {
    const cut = { piecesBytes: 2 ** 20, tasks: 1, groupsMax: 1_000, isGzip: false }
    const large = [
      '1.7976931348623157e308',
      '-1.7976931348623157e308',
      '1.7976931348623159e308',
      '1e308',
      '1e400',
      '-1e400',
    ]
    const text = linesOf(large, (n, at) => `{"n":${n},"k":${at},"pair":${at >> 1}}`)
    const run = (engine: 'rows' | 'groups') =>
      runThrough(ruleOf(jsonLines()), [Buffer.from(text)], { cut: { ...cut, engine }, duck })
    const { paths, ...groups } = await run('groups')
    const { paths: _, ...rows } = await run('rows')
    assert.deepEqual(groups, rows)
    assert.match(groups.csv.each ?? '', /^0,Infinity,/m)
    assert.equal(paths[0]?.engine, 'groups')
  })
})
