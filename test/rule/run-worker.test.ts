import assert from 'node:assert/strict'
import { readFile, rm } from 'node:fs/promises'
import { describe, test } from 'vitest'
import { setPaused } from '#hob/rule/kept-rule.js'
import { tryNow } from '#hob/rule/run/run-care.js'
import type { RunEvent } from '#hob/rule/run/run-events.js'
import { RunWorker, type RunWorkerOptions } from '#hob/rule/run/run-worker.js'
import { startRun } from '#hob/rule/run/start-run.js'
import { runHistory } from '#hob/rule/run-history.js'
import { RunFarm } from '../support/rule/run-farm.js'
import { until } from '../support/until.js'

/** A module with one rule, given the rest of its options. */
const shop = (options: string, before = ''): string => `
import { appendFileSync } from 'node:fs'
import { jsonLines, rule } from 'hob'
const note = (text: string): void => appendFileSync(new URL('./notes.txt', import.meta.url).pathname, text + '\\n')
${before}
export default rule({ name: 'sales', input: jsonLines(), keyParts: ['shop'], valueParts: ['amount'], ${options} })
`

/** Writes the rows of the first keyset into a file, one line a write. */
const WRITER = `{ name: 'notes', async write([sales], run) { for await (const rows of sales.batches()) note(JSON.stringify(rows)) } }`

const SALES = [
  [
    { shop: 'a', amount: 1 },
    { shop: 'b', amount: 2 },
  ],
  [{ shop: 'a', amount: 4 }],
]

class Workers implements AsyncDisposable {
  readonly events: RunEvent[] = []
  readonly #workers: RunWorker[] = []

  start(farm: RunFarm, options: Partial<RunWorkerOptions> = {}): RunWorker {
    const onEvent = (event: RunEvent) => this.events.push(event)
    const worker = new RunWorker(farm.kitchen, { store: farm.store, threads: 2, leaseMs: 2_000, onEvent, ...options })
    this.#workers.push(worker)
    worker.start()
    return worker
  }

  kinds(): readonly string[] {
    return this.events.map(({ kind }) => kind).filter((kind) => kind !== 'progress')
  }

  /** The first event of a kind, once there is one. */
  event<Kind extends RunEvent['kind']>(kind: Kind): Promise<RunEvent & { kind: Kind }> {
    const told = () => `${kind}; there was ${this.events.map((each) => `${each.kind} ${each.record.error}`)}`
    return until(
      told(),
      () => this.events.find((each) => each.kind === kind) as (RunEvent & { kind: Kind }) | undefined,
    )
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#workers.map((worker) => worker.stop({ deadlineMs: 0 })))
  }
}

const notes = async (farm: RunFarm): Promise<readonly string[]> =>
  (await readFile(farm.path('notes.txt'), 'utf8').catch(() => '')).split('\n').slice(0, -1)

describe('a run', () => {
  test('is computed, written, and archived together with its end', async () => {
    await using farm = await RunFarm.open(shop(`archive: true, nuke: true, resultProcessor: ${WRITER}`))
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    const started = await farm.start('sales', 'incoming:sales')
    assert.ok(started.kind === 'started')
    assert.deepEqual(await farm.start('sales', 'incoming:sales'), { kind: 'running', run: started.run })
    workers.start(farm)
    const { record, archived } = await workers.event('done')
    assert.deepEqual(archived, { 'processed:sales': 2 })
    assert.deepEqual(await notes(farm), ['[["a",5],["b",2]]'])
    assert.deepEqual(await farm.run(record.id), record)
    assert.deepEqual([record.state, record.rowsOut, record.counters?.rowsRead], ['done', { _default: 2 }, 3])
    assert.deepEqual([await farm.countOf('incoming:sales'), await farm.countOf('processed:sales')], [0, 2])
    assert.deepEqual(await farm.runFolders(), [])
    assert.deepEqual(workers.kinds(), ['began', 'saving', 'done'])
  })

  test('is done by the engine that was asked for, whoever does it', async () => {
    await using farm = await RunFarm.open(shop('pure: false, retry: false'))
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    const plan = { rule: 'shop.sales', address: { module: farm.module, rule: 'sales' }, engine: 'groups' } as const
    const blobs = (await farm.names('incoming:sales')).map((name) => ({ tag: 'incoming:sales', name }))
    assert.equal((await startRun(farm.kitchen.broker, { ...plan, blobs })).kind, 'started')
    workers.start(farm)
    const { record } = await workers.event('failed')
    assert.match(record.error ?? '', /groups: .*pure/)
    assert.equal((await startRun(farm.kitchen.broker, { ...plan, engine: 'rows', blobs })).kind, 'started')
    const done = (await workers.event('done')).record
    assert.deepEqual([done.engine, done.engines?.map(({ engine }) => engine)], ['rows', ['rows']])
  })

  test('is done once by two workers, and one of a rule at a time', async () => {
    await using farm = await RunFarm.open(shop(`resultProcessor: ${WRITER}`))
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    workers.start(farm)
    workers.start(farm, { name: 'other/1' })
    const started = await Promise.all(Array.from({ length: 5 }, () => farm.start('sales', 'incoming:sales')))
    assert.equal(started.filter(({ kind }) => kind === 'started').length, 1)
    await workers.event('done')
    assert.deepEqual(workers.kinds(), ['began', 'saving', 'done'])
    assert.equal((await notes(farm)).length, 1)
    assert.equal((await farm.start('sales', 'incoming:sales')).kind, 'started')
  })

  test('is remembered, with 99 others of its rule', async () => {
    await using farm = await RunFarm.open(shop(''))
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    const { broker } = farm.kitchen
    const put = Array.from({ length: 120 }, (_, at) => {
      const id = `shop.sales@${String(at).padStart(8, '0')}`
      return { key: `run/shop.sales/${id}`, value: JSON.stringify({ id, state: 'done', startedMs: at, blobs: [] }) }
    })
    await broker.commit([{ put }])
    const started = await farm.start('sales', 'incoming:sales')
    assert.ok(started.kind === 'started')
    workers.start(farm)
    await workers.event('done')
    const runs = await runHistory(broker, 'shop.sales')
    assert.deepEqual([runs.length, runs[0]?.id, runs.at(-1)?.startedMs], [100, started.run, 21])
  })

  test('of a paused rule does not begin', async () => {
    await using farm = await RunFarm.open(shop(''))
    await farm.push('incoming:sales', SALES)
    await setPaused(farm.kitchen.broker, 'shop.sales', true)
    assert.deepEqual(await farm.start('sales', 'incoming:sales'), { kind: 'paused' })
  })

  test('that fails is tried again, and then given up: its blobs and its rule are free', async () => {
    const fails = `partsPostprocess: [function broken() { throw new Error('no luck') }], retryLimit: 1, retryDelayMs: 50`
    await using farm = await RunFarm.open(shop(`archive: true, ${fails}, ruleCleanup: () => note('cleaned up')`))
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    await farm.start('sales', 'incoming:sales')
    workers.start(farm)
    const { record } = await workers.event('failed')
    assert.deepEqual(workers.kinds(), ['began', 'retry', 'began', 'failed'])
    assert.match(record.error ?? '', /broken.*no luck/)
    assert.deepEqual([record.attempt, await farm.countOf('processed:sales')], [2, 0])
    assert.deepEqual(await notes(farm), ['cleaned up', 'cleaned up'])
    assert.deepEqual(await farm.runFolders(), [])
    assert.equal((await farm.start('sales', 'incoming:sales')).kind, 'started')
  })

  test('whose warehouse is down keeps its result, and writes it later', async () => {
    const down = `{ name: 'down', async write([sales]) { note('tried'); if (!existsSync(new URL('./up', import.meta.url).pathname)) throw new Error('it is down'); for await (const rows of sales.batches()) note(JSON.stringify(rows)) } }`
    const before = `import { existsSync } from 'node:fs'`
    await using farm = await RunFarm.open(
      shop(
        `archive: true, retryLimit: 0, pure: false, partsPreprocess: [(p) => { note('map'); return p }], resultProcessor: ${down}`,
        before,
      ),
    )
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    const started = await farm.start('sales', 'incoming:sales')
    assert.ok(started.kind === 'started')
    workers.start(farm)
    const { record } = await workers.event('retry')
    assert.deepEqual([record.state, await farm.countOf('processed:sales')], ['saving', 0])
    assert.match(record.error ?? '', /it is down/)
    await farm.writeBeside('up', '')
    await workers.event('done')
    assert.deepEqual(
      (await notes(farm)).filter((note) => note !== 'tried'),
      ['map', 'map', 'map', '[["a",5],["b",2]]'],
    )
    assert.equal(await farm.countOf('processed:sales'), 2)
  })

  test('that began to be written is never given up, not even when its files are removed and cannot be made again', async () => {
    const fails = `partsPreprocess: [(p) => p], ruleInit: () => { if (existsSync(new URL('./gone', import.meta.url).pathname)) throw new Error('it cannot be made') }`
    const down = `{ name: 'down', async write() { throw new Error('it is down') } }`
    await using farm = await RunFarm.open(
      shop(`archive: true, retryLimit: 0, ${fails}, resultProcessor: ${down}`, `import { existsSync } from 'node:fs'`),
    )
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    await farm.start('sales', 'incoming:sales')
    workers.start(farm)
    await workers.event('retry')
    await farm.writeBeside('gone', '')
    await rm(farm.store.runsFolder, { recursive: true, force: true })
    const error = await until('it is tried again without its files', () =>
      workers.events.find(({ kind, record }) => kind !== 'progress' && /cannot be made/.test(record.error ?? '')),
    )
    assert.equal(error.kind, 'retry')
  })

  test.each([
    ['plan', 'pure: true'],
    ['map', 'pure: false'],
  ])('that a worker gives back goes on elsewhere, and has not failed: in its %s', async (_, pure) => {
    const waits = `${pure}, partsPreprocess: [(p) => { note('map'); while (!existsSync(new URL('./go', import.meta.url).pathname)); return p }]`
    await using farm = await RunFarm.open(
      shop(`retryLimit: 0, ${waits}, resultProcessor: ${WRITER}`, `import { existsSync } from 'node:fs'`),
    )
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    await farm.start('sales', 'incoming:sales')
    const first = workers.start(farm)
    await until('it maps', async () => (await notes(farm)).includes('map'))
    await first.stop({ deadlineMs: 0 })
    await farm.writeBeside('go', '')
    workers.start(farm, { name: 'other/1' })
    await until('it has ended', () => workers.kinds().find((kind) => kind === 'done' || kind === 'failed'))
    assert.deepEqual(workers.kinds(), ['began', 'began', 'saving', 'done'])
  })

  test('starts over with the rule as it is now, when that is edited before the result is written', async () => {
    const slow = `ruleInit: () => new Promise((resolve) => { note('init'); setTimeout(resolve, 1500) })`
    await using farm = await RunFarm.open(shop(`${slow}, resultProcessor: ${WRITER}`))
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    await farm.start('sales', 'incoming:sales')
    workers.start(farm)
    await until('it has begun', async () => (await notes(farm)).includes('init'))
    await farm.write(shop(`partsPreprocess: [(p) => ({ ...p, amount: p.amount * 10 })], resultProcessor: ${WRITER}`))
    const { record } = await workers.event('done')
    assert.deepEqual(workers.kinds(), ['began', 'changed', 'saving', 'done'])
    assert.deepEqual(await notes(farm), ['init', '[["a",50],["b",20]]'])
    assert.deepEqual([record.attempt, record.uncounted], [2, 1])
  })

  test.each([
    ['with a typo', async (farm: RunFarm) => farm.write('import {')],
    ['without its rule', async (farm: RunFarm) => farm.write(shop('').replace("'sales'", "'other'"))],
    ['gone', async (farm: RunFarm) => rm(farm.module)],
  ])('whose module is %s rests until it is mended, which uses up no attempt', async (_, spoil) => {
    const waits = `pure: false, partsPreprocess: [(p) => { note('map'); while (!existsSync(new URL('./go', import.meta.url).pathname)); return p }]`
    const source = shop(
      `archive: true, retryLimit: 0, ${waits}, resultProcessor: ${WRITER}`,
      `import { existsSync } from 'node:fs'`,
    )
    await using farm = await RunFarm.open(source)
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    await farm.start('sales', 'incoming:sales')
    workers.start(farm, { threads: 1 })
    await until('it maps', async () => (await notes(farm)).includes('map'))
    await spoil(farm)
    await farm.writeBeside('go', '')
    const { record } = await workers.event('retry')
    assert.deepEqual([record.state, record.version, record.lease === null], ['waiting', '', false])
    // The very same text again: what failed of it for the edit must not stay failed.
    await farm.write(source)
    assert.equal(await tryNow(farm.kitchen.broker, record), true)
    const done = (await workers.event('done')).record
    assert.deepEqual(done.rowsOut, { _default: 2 })
    assert.equal(done.attempt - (done.uncounted ?? 0), 1)
    assert.equal(await farm.countOf('processed:sales'), 2)
  })

  test('keeps what it set aside, and its result as blobs, under their tags', async () => {
    const throws = `partsPreprocess: [function odd(p) { if (p.amount === 2) throw new Error('odd amount'); return p }]`
    await using farm = await RunFarm.open(shop(`${throws}, resultTag: 'result:sales'`))
    await using workers = new Workers()
    await farm.push('incoming:sales:2026-11-20', SALES)
    await farm.start('sales', 'incoming:sales:2026-11-20')
    workers.start(farm)
    const { written } = await workers.event('done')
    assert.deepEqual(written, { 'rejected:incoming:sales:2026-11-20': 1, 'result:sales:2026-11-20': 1 })
    const rejected = await farm.text('rejected:incoming:sales:2026-11-20')
    assert.match(rejected, /^\{"file":"part0[^"]*","line":2,.*odd.*odd amount.*\}\n$/)
    assert.equal(await farm.text('result:sales:2026-11-20'), '{"shop":"a","amount":5}\n')
  })

  test('is known to the store that it puts its result into', async () => {
    await using farm = await RunFarm.open(shop(`resultTag: 'sums', resultTagSuffix: false`))
    await using workers = new Workers()
    await farm.writeBeside('sales.jsonl', '{"shop":"a","amount":1}\n')
    const address = { module: farm.module, rule: 'sales' }
    const files = [farm.path('sales.jsonl')]
    await startRun(farm.kitchen.broker, { rule: 'shop.sales', address, blobs: [], files })
    workers.start(farm)
    await workers.event('done')
    assert.deepEqual(
      (await farm.store.users()).map(({ label }) => label),
      [farm.kitchen.url],
    )
  })

  test('of which too much was bad fails', async () => {
    const throws = `partsPreprocess: [function odd(p) { if (p.amount === 2) throw new Error('odd amount'); return p }]`
    await using farm = await RunFarm.open(shop(`${throws}, maxBadRatio: 0.2, retry: false`))
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    await farm.start('sales', 'incoming:sales')
    workers.start(farm)
    const { record } = await workers.event('failed')
    assert.match(record.error ?? '', /1 of 3 records were bad; the first: part0\S+:2: .*odd amount.*0\.2/)
  })

  test('whose job somebody cancelled fails, and frees its rule', async () => {
    const slow = `ruleInit: () => new Promise((resolve) => { note('init'); setTimeout(resolve, 60_000) })`
    await using farm = await RunFarm.open(shop(slow))
    await using workers = new Workers()
    await farm.push('incoming:sales', SALES)
    await farm.start('sales', 'incoming:sales')
    workers.start(farm)
    await until('it has begun', async () => (await notes(farm)).includes('init'))
    const [job] = await farm.kitchen.broker.jobs({ queue: 'rules', countMax: 1 })
    await farm.kitchen.cancel(job?.id ?? '', 'enough')
    const { record } = await workers.event('failed')
    assert.equal(record.error, 'cancelled: enough')
    assert.equal((await farm.start('sales', 'incoming:sales')).kind, 'started')
  })
})

describe('rules that feed a rule', () => {
  test('are cleaned up after, those that feed them too', async () => {
    const cleaned = (name: string): string =>
      `ruleCleanup: () => appendFileSync(new URL('./notes.txt', import.meta.url).pathname, '${name}\\n')`
    await using farm = await RunFarm.open(`
import { appendFileSync } from 'node:fs'
import { jsonLines, rule } from 'hob'
const sums = (name, sourceTags, more) =>
  rule({ name, sourceTags, keyParts: ['shop'], valueParts: ['amount'], ...more })
const south = sums('south', 's', { input: jsonLines(), ${cleaned('south')} })
export default sums('all', [sums('middle', [south], { ${cleaned('middle')} })], { ${cleaned('all')} })`)
    await using workers = new Workers()
    await farm.push('s', SALES)
    const blobs = (await farm.names('s')).map((name) => ({ tag: 's', name, source: 'middle/south' }))
    assert.equal((await farm.startWith('all', blobs)).kind, 'started')
    workers.start(farm)
    await workers.event('done')
    assert.deepEqual(await notes(farm), ['all', 'middle', 'south'])
  })

  test('run first, each with blobs of its own', async () => {
    const source = `
import { jsonLines, rule } from 'hob'
const perShop = (name, tag) => rule({ name, sourceTags: tag, input: jsonLines(), keyParts: ['shop'], valueParts: ['amount'] })
export default rule({
  name: 'all', sourceTags: [perShop('north', 'n'), perShop('south', 's')],
  keyParts: ['shop'], valueParts: ['amount', { max: 'amount' }], resultTag: 'result:all', resultTagSuffix: false,
})`
    await using farm = await RunFarm.open(source)
    await using workers = new Workers()
    await farm.push('n', SALES)
    await farm.push('s', [[{ shop: 'b', amount: 100 }]])
    const blobs = await Promise.all(
      [['n', 'north'] as const, ['s', 'south'] as const].map(async ([tag, name]) =>
        (await farm.names(tag)).map((blob) => ({ tag, name: blob, source: name })),
      ),
    )
    const started = await farm.startWith('all', blobs.flat())
    assert.equal(started.kind, 'started')
    workers.start(farm)
    const { record } = await workers.event('done')
    const rows = '{"shop":"a","amount":5,"amount_max":5}\n{"shop":"b","amount":102,"amount_max":100}\n'
    assert.equal(await farm.text('result:all'), rows)
    assert.deepEqual(Object.keys(record.counters?.keysets ?? {}).sort(), [
      '_default',
      'north._default',
      'south._default',
    ])
  })
})
