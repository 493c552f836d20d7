import assert from 'node:assert/strict'
import { readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, test } from 'vitest'
import { RuleError } from '#hob/core/errors.js'
import { type RunOutcome, type RunRequest, runImmediately } from '#hob/index.js'
import { keptRule } from '#hob/rule/kept-rule.js'
import { Duck } from '#hob/rule/result/duck.js'
import { parquetRows } from '#hob/rule/result/parquet-rows.js'
import type { Parts } from '#hob/rule/rule.js'
import { HeldRun, keptRun } from '#hob/rule/run/run-book.js'
import { tryRuleNow } from '#hob/rule/run/run-care.js'
import type { BlobChoice } from '#hob/rule/run/run-request.js'
import { RunWorker } from '#hob/rule/run/run-worker.js'
import { startRun } from '#hob/rule/run/start-run.js'
import { runHistory } from '#hob/rule/run-history.js'
import type { RunRecord } from '#hob/rule/run-record.js'
import { RunFarm } from '../support/rule/run-farm.js'
import { until } from '../support/until.js'

const shop = (options: string, before = ''): string => `
import { appendFileSync, existsSync } from 'node:fs'
import { jsonLines, rule } from 'hob'
const at = (name: string): string => new URL('./' + name, import.meta.url).pathname
const note = (text: string): void => appendFileSync(at('notes.txt'), text + '\\n')
${before}
export default [rule({ name: 'sales', input: jsonLines(), keyParts: ['shop'], valueParts: ['amount'], ${options} })]
`

const LINES = '{"shop":"a","amount":1}\n{"shop":"b","amount":2}\n{"shop":"a","amount":4}\n'
const ROWS = [
  { shop: 'a', amount: 5 },
  { shop: 'b', amount: 2 },
]

/** A folder with a module and a file, and what a run over it came to. */
async function open(source: string): Promise<RunFarm> {
  const farm = await RunFarm.open(source)
  await farm.writeBeside('sales.jsonl', LINES)
  return farm
}

const run = (farm: RunFarm, more: Partial<RunRequest> = {}): Promise<RunOutcome> =>
  runImmediately({
    address: { module: farm.module, rule: 'sales' },
    files: [farm.path('sales.jsonl')],
    threads: 2,
    ...more,
  })

async function rowsOf(outcome: RunOutcome): Promise<readonly Parts[]> {
  const duck = await Duck.open({ memoryBytes: 64 * 1024 * 1024, threads: 1, folder: tmpdir() })
  const rows: Parts[] = []
  try {
    for (const { file } of outcome.results) for await (const batch of parquetRows(duck, file)) rows.push(...batch)
  } finally {
    await duck.close()
  }
  return rows.map((row) => ({ ...row }))
}

const noneLeft = (): never => {
  throw new RuleError('input', 'none is left')
}

/** What a run that must fail said. */
async function failure(farm: RunFarm, more: Partial<RunRequest> = {}): Promise<RuleError> {
  const error = await run(farm, more).then(
    () => assert.fail('it did not fail'),
    (thrown) => thrown as unknown,
  )
  assert.ok(error instanceof RuleError, String(error))
  return error
}

/** A run that a process began which has died since, and what another asks for that takes the same blobs. */
async function leftRun(farm: RunFarm, rule = 'sales') {
  const { kitchen, store } = farm
  const blobs = (await farm.names('incoming:sales')).map((name) => ({ tag: 'incoming:sales', name }))
  const address = { module: farm.module, rule }
  const left = await startRun(kitchen.broker, { rule: `shop.${rule}`, address, blobs, isAwaited: true })
  assert.ok(left.kind === 'started')
  await kitchen.broker.take({ queue: 'rules-now', node: 'dead/1', countMax: 1, leaseMs: 1_000 })
  await new Promise((resolve) => setTimeout(resolve, 1_100))
  return { run: left.run, request: { files: [], blobs, kitchen, store } }
}

/** A run that a daemon began, as it stands an hour before it tries again, and what another asks for that takes the same blobs. */
async function waitingRun(farm: RunFarm, changes: Partial<RunRecord>) {
  const { kitchen, store } = farm
  const { broker } = kitchen
  const started = await farm.start('sales', 'incoming:sales')
  assert.ok(started.kind === 'started')
  const { run } = started
  const [job] = await broker.take({ queue: 'rules', node: 'one/1', countMax: 1, leaseMs: 10_000 })
  const kept = await keptRun(broker, { rule: 'shop.sales', id: run })
  assert.ok(job !== undefined && kept !== undefined)
  const held = await HeldRun.claim(broker, kept, `rules/${job.lease.epoch}`)
  const inMs = 3_600_000
  const outcome = { kind: 'retry', inMs, error: '' } as const
  const settle = { job: job.id, lease: job.lease, outcome }
  assert.equal(await held?.settle({ ...changes, retryMs: (await broker.describe()).nowMs + inMs }, settle), true)
  const blobs = (await farm.names('incoming:sales')).map((name) => ({ tag: 'incoming:sales', name }))
  return { run, request: { files: [], blobs, kitchen, store } }
}

const notes = async (farm: RunFarm): Promise<readonly string[]> =>
  (await readFile(farm.path('notes.txt'), 'utf8').catch(() => '')).split('\n').slice(0, -1)

describe('a run that is waited for', () => {
  test('gives the text of a small result, which then needs no DuckDB here', async () => {
    await using farm = await open(shop(''))
    await using outcome = await run(farm, { text: 'csv' })
    assert.deepEqual([...outcome.texts.keys()], ['_default'])
    assert.equal(await readFile(outcome.texts.get('_default') ?? '', 'utf8'), 'shop,amount\na,5\nb,2\n')
  })

  test('needs no kitchen and no blobs, and leaves nothing when it is disposed of', async () => {
    await using farm = await open(shop(''))
    const stages: string[] = []
    const outcome = await run(farm, { onProgress: ({ stage }) => stages.push(stage) })
    assert.deepEqual(await rowsOf(outcome), ROWS)
    assert.deepEqual([...new Set(stages)], ['plan', 'map', 'reduce', 'finish'].slice(stages[0] === 'plan' ? 0 : 1))
    const file = outcome.results[0]?.file ?? ''
    await outcome[Symbol.asyncDispose]()
    await outcome[Symbol.asyncDispose]()
    await assert.rejects(readFile(file), { code: 'ENOENT' })
    assert.deepEqual([outcome.folder, outcome.archived, outcome.counters.rowsRead], [null, {}, 3])
  })

  test('says what is not there, and what was meant', async () => {
    await using farm = await open(shop(`keysets: undefined`))
    const keyset = await failure(farm, { keyset: '_defalt' })
    assert.deepEqual([keyset.message, keyset.hint], ['rule sales has no keyset _defalt', 'Did you mean _default?'])
    const rule = await failure(farm, { address: { module: farm.module, rule: 'sale' } })
    assert.deepEqual([rule.message, rule.hint], ['module shop has no rule sale', 'Did you mean sales?'])
    const module = await failure(farm, { address: { module: farm.path('shops.ts'), rule: 'sales' } })
    assert.match(module.message, /shops\.ts: there is no such module/)
    const file = await failure(farm, { files: [farm.path('none.jsonl')] })
    assert.match(file.message, /there is no file .*none\.jsonl/)
  })

  test('archives what it took from a kitchen', async () => {
    await using farm = await open(shop('archive: true'))
    await farm.push('incoming:sales', [[{ shop: 'a', amount: 1 }]])
    const blobs = (await farm.names('incoming:sales')).map((name) => ({ tag: 'incoming:sales', name }))
    const { kitchen, store } = farm
    await using dry = await run(farm, { files: [], blobs, kitchen, store, archive: false })
    assert.deepEqual([dry.archived, await farm.countOf('processed:sales')], [{}, 0])
    await using outcome = await run(farm, { files: [], blobs, kitchen, store })
    assert.deepEqual(outcome.archived, { 'processed:sales': 1 })
    assert.deepEqual(await rowsOf(outcome), [{ shop: 'a', amount: 1 }])
    assert.equal((await farm.run(outcome.run)).state, 'done')
    assert.deepEqual(await farm.runFolders(), [])
  })

  test('goes on from what an earlier one kept', async () => {
    const fails = `resultProcessor: { name: 'file', async write() { note('tried'); if (!existsSync(at('up'))) throw new Error('it is down') } }`
    const map = `pure: false, partsPreprocess: [(p) => { note('map'); return p }]`
    await using farm = await open(shop(`${map}, ${fails}`))
    const runsFolder = farm.path('runs')
    const error = await failure(farm, { runsFolder })
    assert.deepEqual([error.code, /it is down/.test(error.message)], ['warehouse', true])
    const [kept = ''] = await readdir(runsFolder)
    await farm.writeBeside('up', '')
    await using outcome = await run(farm, { resume: { folder: `${runsFolder}/${kept}`, from: 'results' }, files: [] })
    assert.deepEqual(await rowsOf(outcome), ROWS)
    assert.deepEqual(await notes(farm), ['map', 'map', 'map', 'tried', 'tried'])
    await farm.write(shop(`${map}, partsPostprocess: [(row) => ({ ...row, amount: row.amount * 2 })]`))
    await using again = await run(farm, { resume: { folder: `${runsFolder}/${kept}`, from: 'map' }, files: [] })
    assert.deepEqual(
      (await rowsOf(again)).map(({ amount }) => amount),
      [10, 4],
    )
    assert.equal((await notes(farm)).length, 5)
  })

  test('goes on from what an older version kept, which knew rows alone', async () => {
    await using farm = await open(shop(''))
    const runsFolder = farm.path('runs')
    const change = async (file: string, gone: string): Promise<void> => {
      const made = JSON.parse(await readFile(file, 'utf8'))
      assert.ok(gone in made)
      await writeFile(file, JSON.stringify({ ...made, [gone]: undefined }))
    }
    await using kept = await run(farm, { runsFolder, save: true })
    assert.ok(kept.folder !== null)
    const [attempt = ''] = await readdir(kept.folder)
    await change(`${kept.folder}/${attempt}/plan/made.json`, 'verdict')
    await change(`${kept.folder}/${attempt}/map-0/made.json`, 'path')
    const resume = { folder: kept.folder, from: 'map' } as const
    await using outcome = await run(farm, { resume, files: [] })
    const old = { engine: 'rows', reason: 'it was planned by an older version', fallback: null }
    assert.deepEqual(outcome.engines, [{ source: '', ...old, tasks: 1, rows: 0, groups: 0, singles: 3 }])
    assert.deepEqual(await rowsOf(outcome), ROWS)
    await rm(`${kept.folder}/${attempt}/map-0`, { recursive: true })
    await using again = await run(farm, { resume, files: [] })
    assert.deepEqual(again.engines[0]?.reason, old.reason)
    assert.deepEqual(await rowsOf(again), ROWS)
  })

  test('by an engine that is none, or that its rule does not allow, is refused', async () => {
    await using farm = await open(shop('archive: true, pure: false'))
    await assert.rejects(run(farm, { engine: 'group' as 'groups' }), {
      message: "engine is 'group': did you mean groups?",
    })
    const { code, message } = await failure(farm, { engine: 'groups' })
    assert.deepEqual([code, /rule .?sales.* groups: .*pure/.test(message)], ['rule', true])
    await farm.push('incoming:sales', [[{ shop: 'a', amount: 1 }]])
    const blobs = (await farm.names('incoming:sales')).map((name) => ({ tag: 'incoming:sales', name }))
    const { kitchen, store } = farm
    assert.equal((await failure(farm, { engine: 'groups', kitchen, store, blobs })).message, message)
    assert.deepEqual(await runHistory(kitchen.broker), [])
    await using outcome = await run(farm, { engine: 'rows' })
    assert.deepEqual([outcome.engines.map(({ engine }) => engine), await rowsOf(outcome)], [['rows'], ROWS])
  })

  test.each([
    // Its result was to be printed by a process that is gone: to archive the blobs would lose what they count.
    ['is given up, and its blobs are counted anew', '', 'failed', { archived: { 'processed:sales': 1 }, rowsRead: 1 }],
    ['that writes is taken over, and counts once', `, resultTag: 'sums'`, 'done', { archived: {}, rowsRead: 0 }],
  ])('of a process that died with it %s', async (_, more, state, expected) => {
    await using farm = await open(shop(`archive: true${more}`))
    await farm.push('incoming:sales', [[{ shop: 'a', amount: 1 }]])
    const { kitchen, store } = farm
    const blobs = (await farm.names('incoming:sales')).map((name) => ({ tag: 'incoming:sales', name }))
    const address = { module: farm.module, rule: 'sales' }
    const left = await startRun(kitchen.broker, { rule: 'shop.sales', address, blobs, isAwaited: true })
    assert.ok(left.kind === 'started')
    const busy = await failure(farm, { files: [], blobs, kitchen, store })
    assert.match(busy.message, /shop\.sales is being run/)
    await kitchen.broker.take({ queue: 'rules-now', node: 'dead/1', countMax: 1, leaseMs: 1_000 })
    await new Promise((resolve) => setTimeout(resolve, 1_100))
    const choice = (version: number): BlobChoice => ({
      version,
      again: async () => {
        const { version } = await keptRule(kitchen.broker, 'shop.sales')
        return { blobs: blobs.slice(await farm.countOf('processed:sales')), choice: choice(version) }
      },
    })
    const told: RunRecord[] = []
    const onTakenOver = (record: RunRecord): void => void told.push(record)
    await using outcome = await run(farm, { files: [], blobs, kitchen, store, choice: choice(0), onTakenOver })
    const { archived, counters } = outcome
    assert.deepEqual({ archived, rowsRead: counters.rowsRead }, expected)
    assert.deepEqual(
      told.map(({ id, state }) => [id, state]),
      [[left.run, state]],
    )
    assert.equal((await farm.run(left.run)).state, state)
    assert.equal(await farm.countOf('processed:sales'), 1)
    const again = await failure(farm, { files: [], blobs, kitchen, store, choice: { version: 1, again: noneLeft } })
    assert.match(again.message, /none is left/)
  })

  test('of a process that died with it, whose result cannot be written, is not waited for', async () => {
    const down = "resultProcessor: { name: 'file', async write() { throw new Error('it is down') } }"
    await using farm = await open(shop(`archive: true, ${down}`))
    await farm.push('incoming:sales', [[{ shop: 'a', amount: 1 }]])
    const left = await leftRun(farm)
    const error = await failure(farm, left.request)
    assert.deepEqual([error.code, /it is down$/.test(error.message)], ['warehouse', true])
    assert.match(error.hint ?? '', /or the next run of the rule/)
    assert.equal((await farm.run(left.run)).state, 'saving')
  })

  test('comes instead of one that waits to try again, which is given up and counted nothing', async () => {
    await using farm = await open(shop("archive: true, resultTag: 'sums'"))
    await farm.push('incoming:sales', [[{ shop: 'a', amount: 1 }]])
    const { run: waiting, request } = await waitingRun(farm, { state: 'waiting', error: 'no luck' })
    const told: RunRecord[] = []
    await using outcome = await run(farm, { ...request, onTakenOver: (record) => void told.push(record) })
    assert.deepEqual([outcome.archived, outcome.counters.rowsRead], [{ 'processed:sales': 1 }, 1])
    assert.deepEqual(
      told.map(({ id, state, error }) => [id, state, error]),
      [[waiting, 'failed', 'no luck']],
    )
    assert.deepEqual([(await farm.run(waiting)).state, (await farm.run(outcome.run)).state], ['failed', 'done'])
    // The job that is left ends by itself.
    await using worker = new RunWorker(farm.kitchen, { store: farm.store, threads: 1 })
    const [job] = await farm.kitchen.broker.jobs({ queue: 'rules', countMax: 10 })
    await farm.kitchen.broker.change([job?.id ?? ''], { kind: 'retry' })
    worker.start()
    await until('it is done', async () => (await farm.kitchen.broker.job(job?.id ?? ''))?.state === 'done')
    assert.deepEqual([(await farm.run(waiting)).state, await farm.countOf('processed:sales')], ['failed', 1])
  })

  test('says how long one waits that has a result to write, and what lets it try at once', async () => {
    await using farm = await open(shop("archive: true, resultTag: 'sums'"))
    await farm.push('incoming:sales', [[{ shop: 'a', amount: 1 }]])
    const { run: waiting, request } = await waitingRun(farm, {
      ...{ state: 'saving', rowsOut: { _default: 1 }, error: 'it is down' },
    })
    const { code, message, hint } = await failure(farm, request)
    assert.deepEqual(
      [code, message.replace(waiting, 'RUN').replace(/in \d.*:/, 'in …:')],
      ['fault', 'RUN waits to write its result again in …: it is down'],
    )
    assert.match(hint ?? '', /^hob rule resume shop\.sales /)
    assert.equal(await tryRuleNow(farm.kitchen.broker, 'shop.sales'), waiting)
    const [job] = await farm.kitchen.broker.jobs({ queue: 'rules', countMax: 10 })
    assert.equal(job?.state, 'ready')
  })

  test('leaves those of other rules alone, which it would do by its own functions', async () => {
    const other = "rule({ name: 'other', input: jsonLines(), keyParts: ['shop'], valueParts: [], resultTag: 'sums' })"
    await using farm = await open(shop('archive: true').replace(/\]\n$/, `, ${other}]\n`))
    await farm.push('incoming:sales', [[{ shop: 'a', amount: 1 }]])
    const left = await leftRun(farm, 'other')
    await using outcome = await run(farm, left.request)
    assert.deepEqual(outcome.archived, { 'processed:sales': 1 })
    assert.equal((await farm.run(left.run)).state, 'working')
  })

  test('that another process went on with is not waited for beyond its end', async () => {
    const waits = `partsPreprocess: [(p) => { note('map'); while (!existsSync(at('go'))); return p }]`
    await using farm = await open(shop(`archive: true, ${waits}`))
    await farm.push('incoming:sales', [[{ shop: 'a', amount: 1 }]])
    const { kitchen, store } = farm
    const blobs = (await farm.names('incoming:sales')).map((name) => ({ tag: 'incoming:sales', name }))
    const failing = failure(farm, { files: [], blobs, kitchen, store })
    while ((await notes(farm)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    const [kept] = await kitchen.broker.records('run/', { countMax: 1 })
    const record = JSON.parse(kept?.value ?? '') as object
    const value = JSON.stringify({ ...record, state: 'done', lease: 'rules-now/other', endedMs: Date.now() })
    await kitchen.broker.commit([{ put: [{ key: kept?.key ?? '', value }] }])
    await farm.writeBeside('go', '')
    assert.match((await failing).message, /another process .*done/)
  })

  test.each([
    ['in its plan', 'pure: true'],
    ['in its map', 'pure: false'],
  ])('that is told to stop %s leaves nothing, also not the lock of its rule', async (_, pure) => {
    const slow = `${pure}, partsPreprocess: [function never(p) { note('map'); for (;;); }]`
    await using farm = await open(shop(`archive: true, ${slow}`))
    await farm.push('incoming:sales', [[{ shop: 'a', amount: 1 }]])
    const { kitchen, store } = farm
    const blobs = (await farm.names('incoming:sales')).map((name) => ({ tag: 'incoming:sales', name }))
    const abort = new AbortController()
    const running = run(farm, { files: [], blobs, kitchen, store, signal: abort.signal })
    while ((await notes(farm)).length === 0) await new Promise((resolve) => setTimeout(resolve, 20))
    abort.abort(new Error('Ctrl-C'))
    await assert.rejects(running, /Ctrl-C/)
    assert.deepEqual([await farm.runFolders(), await farm.countOf('processed:sales')], [[], 0])
    await farm.write(shop('archive: true'))
    await using outcome = await run(farm, { files: [], blobs, kitchen, store })
    assert.deepEqual(outcome.archived, { 'processed:sales': 1 })
  })

  test('that only looks does not count for when the rule is due', async () => {
    await using farm = await open(shop('minBlobs: 1'))
    await farm.push('incoming:sales', [[{ shop: 'a', amount: 1 }]])
    const { kitchen, store } = farm
    const blobs = (await farm.names('incoming:sales')).map((name) => ({ tag: 'incoming:sales', name }))
    await using outcome = await run(farm, { files: [], blobs, kitchen, store })
    assert.equal(outcome.counters.rowsRead, 1)
    const { rule } = await keptRule(kitchen.broker, 'shop.sales')
    assert.deepEqual([rule.run, rule.lastStartedMs, rule.lastRun], [null, null, undefined])
  })
})

describe("a user's function", () => {
  test.each([
    [
      'in the plan',
      'pure: true',
      /: partsPreprocess\[0\], at record 2 of a sample of .*sales\.jsonl, made no progress for 0\.3s/,
    ],
    ['in the map', 'pure: false', /: partsPreprocess\[0\], at record 2 of .*sales\.jsonl, made no progress for 0\.3s/],
  ])('that never ends is ended, with the record that it was at: %s', async (_, pure, says) => {
    await using farm = await open(
      shop(`${pure}, stallMs: 300, partsPreprocess: [(p) => { if (p.shop === "b") for (;;); return p }]`),
    )
    const error = await failure(farm)
    assert.deepEqual([error.code, says.test(error.message)], ['stalled', true], error.message)
  })

  test('that never ends for a group is ended, and no record is told that it was not at', async () => {
    await using farm = await open(
      shop('stallMs: 300, partsPreprocess: [(p) => { if (p.shop === "late") for (;;); return p }]'),
    )
    // Behind those of the sample that functions are tried on.
    const lines = Array.from({ length: 900 }, (_, at) =>
      JSON.stringify({ shop: at === 503 ? 'late' : 'a', amount: at }),
    )
    await farm.writeBeside('sales.jsonl', `${lines.join('\n')}\n`)
    assert.match((await failure(farm)).message, /: partsPreprocess\[0\], at group 2 of the records of .*sales\.jsonl/)
  })

  test('that never ends behind the groups is ended too', async () => {
    await using farm = await open(
      shop('stallMs: 300, partsPostprocess: [function grow(row) { return row }, () => { for (;;); }]'),
    )
    const error = await failure(farm)
    assert.match(error.message, /: one of grow, partsPostprocess\[1\] made no progress for 0\.3s and was ended/)
    assert.equal(error.code, 'stalled')
  })

  test('that ends its thread is tried three times', async () => {
    await using farm = await open(shop(`pure: false, partsPreprocess: [() => { note('exit'); process.exit(3) }]`))
    const error = await failure(farm)
    assert.match(
      error.message,
      /rule sales: the thread of its map task died 3 times: its code ended the thread, with process.exit and 3/,
    )
    assert.equal((await notes(farm)).length, 3)
  })

  test('that fills the memory of its thread is told, and not done again', async () => {
    const fill = `partsPreprocess: [(p) => { note('fill'); const all = []; for (;;) all.push(new Array(1e5).fill(1)) }]`
    await using farm = await open(shop(fill))
    assert.match((await failure(farm)).message, /rule sales: its plan task filled the 1024 MiB that a thread may hold/)
    assert.equal((await notes(farm)).length, 1)
  })

  test('that throws behind its own back tells what', async () => {
    const before = `setTimeout(() => { throw new Error('late') }, 10)`
    await using farm = await open(shop('ruleInit: () => new Promise(() => {})', before))
    assert.match((await failure(farm)).message, /died 3 times: late/)
  })

  test('prints to standard error, for the result has standard output', async () => {
    await using farm = await open(shop('', `console.log('hello from the module')`))
    const wrote = process.stderr.write
    let err = ''
    process.stderr.write = ((text: Uint8Array) => {
      err += Buffer.from(text).toString()
      return true
    }) as never
    try {
      await using _ = await run(farm)
    } finally {
      process.stderr.write = wrote
    }
    assert.match(err, /hello from the module/)
  })
})

test('a module that is edited between two runs is loaded anew', async () => {
  await using farm = await open(
    shop('', `import { factor } from './factor.js'`).replace(
      'keyParts:',
      'partsPreprocess: [(p) => ({ ...p, amount: p.amount * factor })], keyParts:',
    ),
  )
  await writeFile(farm.path('factor.ts'), 'export const factor = 2')
  await using one = await run(farm)
  await writeFile(farm.path('factor.ts'), 'export const factor = 3')
  await using two = await run(farm)
  assert.deepEqual([(await rowsOf(one))[0]?.amount, (await rowsOf(two))[0]?.amount], [10, 15])
})
