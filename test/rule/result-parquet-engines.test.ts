// Rules over Parquet, by rows and by groups: the same, but for the path.
import assert from 'node:assert/strict'
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, test } from 'vitest'
import { count, type PartsFunction, parquet, type RuleOptions, rule } from '#hob/index.js'
import type { EngineVerdict } from '#hob/rule/groups/group-plan.js'
import { ParquetScanner } from '#hob/rule/groups/parquet-groups.js'
import { findVerdict } from '#hob/rule/groups/verdict.js'
import type { Piece } from '#hob/rule/input.js'
import { runMap } from '#hob/rule/map/run-map.js'
import type { MapOutput } from '#hob/rule/map-output.js'
import { condense } from '#hob/rule/result/condense.js'
import { Duck } from '#hob/rule/result/duck.js'
import { finishResults } from '#hob/rule/result/finish.js'
import { parquetRows } from '#hob/rule/result/parquet-rows.js'
import { reduceTask } from '#hob/rule/result/reduce.js'
import { literalPath } from '#hob/rule/result/sql-text.js'

let folder = ''
let duck: Duck

const LAST = 20_000

/** Some columns have few values, some are other ones in each row; wide is never read. */
const TABLE = `SELECT 'user' || (range % 100) AS "user", CASE range % 3 WHEN 0 THEN 'de' WHEN 1 THEN 'FR' END AS country, range AS id,
  (range * 31 % 250000) / 100.0::DOUBLE AS amount, ((range * 7 % 99999) / 100.0)::DECIMAL(18, 2) AS fee, [range] AS list,
  CASE WHEN range % 10 = 0 THEN 'n/a' WHEN range % 11 = 0 THEN NULL ELSE (range % 77)::VARCHAR END AS text,
  TIMESTAMP '2026-01-01 00:00:00' + INTERVAL (range % 40) HOUR AS at, md5(range::VARCHAR) AS wide,
  CASE WHEN range < 15000 THEN 'early' ELSE 'late' END AS era FROM range(${LAST})`

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-parquet-'))
  duck = await Duck.open({ memoryBytes: 2 ** 28, threads: 2, folder })
})

afterAll(async () => {
  await duck.close()
  await rm(folder, { recursive: true })
})

let files = 0

async function pieceOf(sql: string): Promise<Piece> {
  const name = `t${++files}.parquet`
  const file = join(folder, name)
  await duck.run(`COPY (${sql}) TO ${literalPath(file)} (FORMAT parquet)`)
  return { name, tag: null, file, from: 0, to: (await stat(file)).size, firstLine: 1, kind: 'input', hash: null }
}

interface Made {
  readonly verdict: EngineVerdict
  readonly output: MapOutput
  readonly results: readonly unknown[]
}

async function made(options: RuleOptions, pieces: readonly Piece[], choice: 'auto' | 'rows'): Promise<Made> {
  const own = rule({ ...options, input: parquet() })
  const reading = {
    openParquet: (file: string) => parquetRows(duck, file),
    parquetScanner: new ParquetScanner(async () => duck),
  }
  const verdict = await findVerdict(own, { keyset: null, params: {}, choice, pieces, ...reading })
  const scope = { address: { module: '/r.ts', rule: own.name }, keyset: null, params: {} }
  const place = { folder: await mkdtemp(join(folder, 'm-')), name: 'm' }
  const task = { ...scope, ...place, pieces, groupsMax: 100_000, groups: verdict.plan }
  let group = 0
  const onGroup = (at: number): void => {
    group = at
  }
  const onRow = () => assert.equal(group, 0, 'a record runs, and no group')
  const watch = { onProgress: () => {}, onGroup, onRow, signal: new AbortController().signal, ...reading }
  const output = await runMap(own, task, watch)
  const maps = await condense(duck, own, output.spills, place)
  const outputs = [await reduceTask(duck, own, { ...scope, ...place, name: 'r', partition: 0, files: maps })]
  const results = await finishResults(duck, own, outputs, { ...place, name: 'f' })
  const rows = results.map(async ({ file }) => duck.all(`SELECT * FROM read_parquet(${literalPath(file)})`))
  return { verdict, output, results: (await Promise.all(rows)).map((each) => each.map((row) => row.map(String))) }
}

async function expectSame(options: RuleOptions, pieces: readonly Piece[]): Promise<Made> {
  const byGroups = await made(options, pieces, 'auto')
  const byRows = await made(options, pieces, 'rows')
  assert.deepEqual(byGroups.results, byRows.results)
  assert.deepEqual(byGroups.output.counters, byRows.output.counters)
  assert.deepEqual(byGroups.output.badRows, byRows.output.badRows)
  return byGroups
}

const sums = [
  'count',
  'amount',
  'fee',
  'text',
  'id',
  { min: 'amount' },
  { max: 'fee' },
  { avg: 'text' },
  { count: 'country' },
]

const inCountry: PartsFunction = (parts) =>
  parts.country === null ? null : { ...parts, country: String(parts.country).toLowerCase() }

const upper: PartsFunction = (parts) => {
  parts.country = String(parts.country).toUpperCase()
  return parts
}

test('groups of a table make what its rows do, and of its columns only those of the rule are read', async () => {
  const pieces = [await pieceOf(TABLE), await pieceOf(`SELECT * EXCLUDE (text) FROM (${TABLE}) WHERE id < 100`)]
  const { output, verdict } = await expectSame(
    {
      name: 'sums',
      partsPreprocess: [upper, count],
      keysets: {
        by_country: { keyParts: ['country'], valueParts: sums },
        by_day: { keyParts: ['at'], valueParts: ['count', 'amount'] },
        by_user: { keyParts: ['user', 'country'], valueParts: ['count', { countDistinct: 'country' }] },
      },
    },
    pieces,
  )
  assert.deepEqual([output.path.engine, output.path.rows], ['groups', LAST + 100])
  const read = verdict.plan?.scans.flatMap(({ fields, values }) => [
    ...(fields ?? []),
    ...values.map(({ part }) => part),
  ])
  assert.deepEqual([...new Set(read)].sort(), ['amount', 'at', 'country', 'fee', 'id', 'text', 'user'])
})

test('what asks for all columns, for nested ones, or for one of many values, goes by rows', async () => {
  const pieces = [await pieceOf(TABLE)]
  const base = { name: 'rows', keyParts: ['country'], valueParts: ['count'] }
  const listed = await expectSame({ ...base, partsPreprocess: [inCountry, count] }, pieces)
  assert.equal(listed.output.path.engine, 'rows')
  const nested = await expectSame({ ...base, valueParts: [{ sum: 'id' }], keyParts: ['list'] }, pieces)
  assert.equal(nested.output.path.engine, 'rows')
  const many = await expectSame({ ...base, partsPreprocess: [(parts) => (parts.id === 7 ? null : parts)] }, pieces)
  assert.deepEqual([many.output.path.engine, many.verdict.engine], ['rows', 'rows'])
})

test('a function that asks for more later, throws on some records, filters, or gives several', async () => {
  const pieces = [await pieceOf(TABLE)]
  const base = { name: 'later', keyParts: ['country'], valueParts: ['count', 'amount'] }
  const later: PartsFunction = (parts) => (parts.era === 'late' && parts.at === 'never' ? null : parts)
  const asked = await expectSame({ ...base, partsPreprocess: [count, later] }, pieces)
  assert.deepEqual([asked.output.path.engine, asked.verdict.plan?.scans[0]?.fields], ['groups', ['era', 'country']])
  const faults = await expectSame(
    { ...base, partsPreprocess: [count, (parts) => (parts.user === 'user7' ? assert.fail('not 7') : parts)] },
    pieces,
  )
  assert.deepEqual([faults.output.path.engine, faults.output.counters.rowsBad], ['rows', LAST / 100])
  // The functions have run for groups by then.
  const lateFaults = await expectSame(
    { ...base, partsPreprocess: [count, (parts) => (parts.era === 'late' ? assert.fail('too late') : parts)] },
    pieces,
  )
  assert.deepEqual([lateFaults.verdict.engine, lateFaults.output.path.engine], ['groups', 'rows'])
  const filtered = await expectSame(
    { ...base, partsPreprocess: [(parts) => (parts.user === 'user7' ? null : parts), count] },
    pieces,
  )
  assert.deepEqual([filtered.output.path.engine, filtered.output.counters.rowsFiltered], ['groups', LAST / 100])
  const several = await expectSame({ ...base, partsPreprocess: [count, (parts) => [parts, parts]] }, pieces)
  assert.equal(several.output.path.engine, 'groups')
})

test('a file that DuckDB finds to have as many groups as rows goes by rows, whatever its start was like', async () => {
  const ids = `SELECT CASE WHEN range < 20000 THEN 0 ELSE range END AS k, 1 AS v FROM range(80000)`
  const { output } = await expectSame({ name: 'ids', keyParts: ['k'], valueParts: ['v'] }, [await pieceOf(ids)])
  assert.equal(output.path.engine, 'rows')
})

test('a run that is ended while DuckDB groups is told so, and leaves no groups behind', async () => {
  const piece = await pieceOf(TABLE)
  const own = rule({ name: 'ended', input: parquet(), keyParts: ['country'], valueParts: ['amount'] })
  const reading = {
    openParquet: (file: string) => parquetRows(duck, file),
    parquetScanner: new ParquetScanner(async () => duck),
  }
  const look = { keyset: null, params: {}, choice: 'auto' as const, pieces: [piece], ...reading }
  const { plan } = await findVerdict(own, look)
  assert.ok(plan)
  const ending = new AbortController()
  const place = { folder: await mkdtemp(join(folder, 'm-')), name: 'm' }
  const scope = { address: { module: '/r.ts', rule: own.name }, keyset: null, params: {} }
  const task = { ...scope, ...place, pieces: [piece], groupsMax: 100_000, groups: plan }
  const onProgress = () => ending.abort(new Error('ended by somebody'))
  await assert.rejects(runMap(own, task, { onProgress, signal: ending.signal, ...reading }), /ended by somebody/)
  await assert.rejects(duck.all('SELECT * FROM scanned_groups'), /scanned_groups/)
})

test('a file with many values that DuckDB does not add up goes by rows, and one with few does not', async () => {
  const options = { name: 'others', keyParts: ['k'], valueParts: ['v'] }
  const texts = (others: number) => `
    SELECT range % 7 AS k, CASE WHEN range < ${others} THEN ' ' ELSE '' END || range % 99 AS v FROM range(120000)`
  const few = await expectSame(options, [await pieceOf(texts(1_000))])
  assert.deepEqual(few.output.path.engine, 'groups')
  const many = await expectSame(options, [await pieceOf(texts(110_000))])
  assert.equal(many.verdict.engine, 'groups')
  const reason = 'DuckDB leaves the adding of 110,000 values of a file to JavaScript'
  assert.deepEqual(many.output.path, { engine: 'rows', reason, rows: 0, groups: 0 })
})
