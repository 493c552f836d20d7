import assert from 'node:assert/strict'
import { mkdir, symlink, utimes, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { afterEach, describe, test, vi } from 'vitest'
import { tagPuts } from '#hob/blob/tag-records.js'
import { jsonLines, openKitchen, rule } from '#hob/index.js'
import { RulesDaemon } from '#hob/rule/daemon/daemon.js'
import type { DaemonEvent } from '#hob/rule/daemon/daemon-event.js'
import { setPaused } from '#hob/rule/kept-rule.js'
import { careForRuns } from '#hob/rule/run/run-care.js'
import { selectBlobs } from '#hob/rule/source-blobs.js'
import { RunFarm } from '../support/rule/run-farm.js'
import { endAll, fixture, type Running, startFixture } from '../support/running.js'
import type { ScratchKitchen } from '../support/servers/scratch-kitchen.js'
import { until } from '../support/until.js'

const HOUR_MS = 3_600_000

/** A module with one rule that counts amounts by shop, and what else is given. */
const shop = (options: string): string => `
import { existsSync } from 'node:fs'
import { jsonLines, rule } from 'hob'
const isThere = (name) => existsSync(new URL(name, import.meta.url).pathname)
const die = (step) => process.env.KILL_AT === step && process.kill(process.pid, 'SIGKILL')
export default rule({ name: 'sales', input: jsonLines(), keyParts: ['shop'], valueParts: ['amount'], archive: true, ${options} })
`

const BLOBS = Array.from({ length: 4 }, (_, at) =>
  Array.from({ length: 12 }, (_row, row) => ({ shop: 'abc'[(at + row) % 3], amount: 1 + row })),
)

const RESULT = ['a', 'b', 'c'].map((name) => {
  const amounts = BLOBS.flat().filter((row) => row.shop === name)
  return { shop: name, amount: amounts.reduce((sum, row) => sum + row.amount, 0) }
})

const SMALL = { hash: '', bytes: 1, storedBytes: 1, records: 1 }

const linesOf = (rows: readonly object[]): string => rows.map((row) => `${JSON.stringify(row)}\n`).join('')

const bytes = (name: string, text: string) => ({ name, chunks: Readable.from([Buffer.from(text)]) })

/** Blobs and rules with tags and runs in a kitchen of a server, as in one of a file. */
export function kitchenLaws(engine: string, scratch: () => Promise<ScratchKitchen>): void {
  const law = (name: string, options: string, run: (farm: RunFarm) => Promise<void>): void => {
    test(name, async () => {
      const { url, dispose } = await scratch()
      try {
        await using farm = await RunFarm.open(shop(options), url)
        await run(farm)
      } finally {
        await endAll()
        await dispose()
      }
    })
  }

  const work = (farm: RunFarm, env: Readonly<Record<string, string>> = {}): Running =>
    startFixture('run-worker', [farm.kitchen.url, farm.store.url], {
      cwd: farm.folder,
      // A busy machine loses leases of a second, and a task that loses three has failed.
      env: { LEASE_MS: '3000', ...env },
    })

  const isDone = (farm: RunFarm, run: string, ...workers: readonly Running[]): Promise<boolean> =>
    until('the run is done', async () => (await farm.run(run)).state === 'done', { mostMs: 40_000 }).catch((error) => {
      throw new Error(`${error}: ${workers.map(({ out, err }) => out + err).join('; ')}`)
    })

  describe(`blobs and rules on ${engine}`, () => {
    afterEach(() => {
      vi.restoreAllMocks()
    })

    law('blobs are cut, tagged, untagged, verified and collected', '', async ({ kitchen, store }) => {
      const blobs = await kitchen.blobs(store.url)
      const cut = await blobs.chunk('logs', [bytes('a.txt', 'one\ntwo\nthree\n')], { bytesMax: 4 })
      assert.equal(cut.taggedCount, 3)
      const pushed = await blobs.push('logs', [bytes('b.txt', 'whole\n')], { compress: true })
      const [whole = ''] = pushed.blobs.map(({ name }) => name)
      assert.equal(await blobs.tag('other', [whole]), 1)
      assert.equal(await blobs.tag('other', [whole]), 0)
      const there = (await blobs.tags()).map(({ tag, blobCount }) => [tag, blobCount])
      assert.deepEqual(there, [
        ['logs', 4],
        ['other', 1],
      ])
      assert.deepEqual(await blobs.untag('logs', [whole]), { untaggedCount: 1, untiedCount: 0 })
      assert.deepEqual(await blobs.removeTag('logs'), { untaggedCount: 3, untiedCount: 3 })
      assert.equal((await blobs.verify()).checkedCount, 1)
      assert.deepEqual((await blobs.collect({ remove: true })).blobs, [])
      for (const { name } of cut.blobs) await utimes(store.pathOf(name) ?? '', 1, 1)
      assert.equal((await blobs.collect({ remove: true })).blobs.length, 3)
      const left: unknown[] = []
      for await (const { name } of store.list()) left.push(name)
      assert.deepEqual(left, [whole])
    })

    law('5,001 blobs under a tag are listed, chosen and untagged', '', async ({ kitchen, store }) => {
      const blobs = await kitchen.blobs(store.url)
      const named = Array.from({ length: 5_001 }, (_, at) => ({
        name: `f-${at}-${`${at}`.padStart(16, '0')}`,
        taggedMs: 10_000 - at,
        ...SMALL,
      }))
      await kitchen.broker.commit([{ put: tagPuts('many', named) }, { put: tagPuts('many2', named.slice(0, 2)) }])
      const names = (await blobs.list('many')).map(({ name }) => name)
      assert.deepEqual(names, named.map(({ name }) => name).reverse())
      assert.deepEqual(
        (await blobs.tags('m')).map(({ tag, blobCount }) => [tag, blobCount]),
        [
          ['many', 5_001],
          ['many2', 2],
        ],
      )
      const three = rule({
        name: 'r',
        input: jsonLines(),
        keyParts: ['a'],
        valueParts: ['b'],
        sourceTags: 'many',
        maxBlobs: 3,
      })
      const { chosen, waiting } = await selectBlobs(kitchen.broker, three, { nowMs: Date.now() })
      assert.deepEqual([chosen.map(({ name }) => name), waiting], [names.slice(0, 3), 5_001])
      assert.deepEqual(await blobs.removeTag('many'), { untaggedCount: 5_001, untiedCount: 4_999 })
    })

    law(
      'of two workers one is killed in the middle: each blob is counted once, archived, and tagged with its result',
      `resultTag: 'result:sales', resultTagSuffix: false, pure: false,
       partsPreprocess: [function odd(p) { if (p.shop === 'c') die('map'); if (p.bad) throw new Error('odd'); return p }]`,
      async (farm) => {
        await farm.push('in:sales', [...BLOBS, [{ shop: 'a', amount: 1_000, bad: true }]])
        const started = await farm.start('sales', 'in:sales')
        assert.ok(started.kind === 'started')
        assert.deepEqual(await farm.start('sales', 'in:sales'), { kind: 'running', run: started.run })
        const doomed = work(farm, { KILL_AT: 'map' })
        await until('one has killed itself', () => doomed.hasEnded)
        assert.equal((await doomed.ended).signal, 'SIGKILL')
        const workers = [work(farm), work(farm)]
        await isDone(farm, started.run, ...workers)
        assert.equal(await farm.text('result:sales'), linesOf(RESULT))
        assert.match(await farm.text('rejected:in:sales'), /^\{.*odd.*\}\n$/)
        assert.deepEqual([await farm.countOf('processed:sales'), await farm.countOf('in:sales')], [5, 5])
        await until('its folder is gone', async () => (await farm.runFolders()).length === 0)
        for (const worker of workers) worker.type('end\n')
        for (const worker of workers) assert.equal((await worker.ended).status, 0)
        const kinds = workers.flatMap(({ out }) => out.split('\n').map((line) => line.split(' ')[0]))
        assert.equal(kinds.filter((kind) => kind === 'done').length, 1)
      },
    )

    law(
      'clients whose clocks are an hour off start, retry and archive as they should',
      `retryLimit: 9, retryDelayMs: 1_000,
       partsPostprocess: [function broken(p) { if (!isThere('up')) throw new Error('no luck'); return p }]`,
      async (farm) => {
        const sinceMs = Date.now()
        const isNow = (ms: number | null, laterMs = 0): void =>
          assert.ok(ms !== null && ms >= sinceMs && ms <= Date.now() + laterMs + 50, `${ms} is no time of ${sinceMs}`)
        await farm.push('in:sales', BLOBS)
        const trueNow = Date.now
        const off = vi.spyOn(Date, 'now').mockImplementation(() => trueNow() + HOUR_MS)
        const started = await farm.start('sales', 'in:sales')
        off.mockRestore()
        assert.ok(started.kind === 'started')
        isNow((await farm.run(started.run)).startedMs)
        const withClockOff = (ms: number) =>
          work(farm, { NODE_OPTIONS: `--require=${fixture('clock-off.cjs')}`, CLOCK_OFF_MS: `${ms}` })
        const ahead = withClockOff(HOUR_MS)
        await until(`it waits; ${ahead.out}${ahead.err}`, async () => (await farm.run(started.run)).state === 'waiting')
        isNow((await farm.run(started.run)).retryMs, 1_000)
        const attempts = ahead.out.split('began').length
        await until('it was tried again', () => ahead.out.split('began').length > attempts)
        ahead.type('end\n')
        assert.equal((await ahead.ended).status, 0)
        await farm.writeBeside('up', '')
        const behind = withClockOff(-HOUR_MS)
        await isDone(farm, started.run, behind)
        isNow((await farm.run(started.run)).endedMs)
        const blobs = await farm.kitchen.blobs(farm.store.url)
        const archived = await blobs.list('processed:sales')
        assert.equal(archived.length, BLOBS.length)
        for (const { taggedMs } of archived) isNow(taggedMs)
      },
    )

    law(
      'a retry whose job is gone comes at its time, though the clock of who sends it again is off',
      `retryLimit: 9, retryDelayMs: 60_000, partsPostprocess: [function broken() { throw new Error('no luck') }]`,
      async (farm) => {
        await farm.push('in:sales', BLOBS)
        const started = await farm.start('sales', 'in:sales')
        assert.ok(started.kind === 'started')
        const worker = work(farm)
        await until('it waits', async () => (await farm.run(started.run)).state === 'waiting')
        worker.type('end\n')
        await worker.ended
        const { retryMs } = await farm.run(started.run)
        const { broker } = farm.kitchen
        const scheduled = () => broker.jobs({ queue: 'rules', states: ['scheduled'], countMax: 2 })
        const [job] = await scheduled()
        await farm.kitchen.cancel(job?.id ?? '')
        const trueNow = Date.now
        vi.spyOn(Date, 'now').mockImplementation(() => trueNow() - HOUR_MS)
        await careForRuns(broker)
        vi.restoreAllMocks()
        const [again, ...more] = await scheduled()
        assert.deepEqual(more, [])
        assert.ok(Math.abs((again?.dueMs ?? 0) - (retryMs ?? 0)) < 1_000, `${again?.dueMs} is not ${retryMs}`)
      },
    )

    law(
      'a daemon is woken by a tag of another process within a second, unless its rule is paused',
      '',
      async (farm) => {
        const folder = join(farm.folder, 'rules')
        await mkdir(folder)
        await symlink(join(farm.folder, 'node_modules'), join(folder, 'node_modules'))
        await writeFile(join(folder, 'shop.ts'), shop(`sourceTags: 'in:sales', minBlobs: 1, timeDelta: { seconds: 0 }`))
        await using kitchen = await openKitchen(farm.kitchen.url)
        const events: DaemonEvent[] = []
        const onEvent = (event: DaemonEvent) => void events.push(event)
        await using daemon = new RulesDaemon(kitchen, { folder, store: farm.store, threads: 1, onEvent })
        await daemon.start()
        const saw = (what: string, isIt: (event: DaemonEvent) => boolean) =>
          until(`${what}: ${JSON.stringify(events)}`, () => events.some(isIt))
        await saw('it waits for blobs', ({ kind }) => kind === 'skipped')
        await farm.push('in:sales', BLOBS.slice(0, 1))
        const pushedMs = performance.now()
        await saw('it begins', ({ kind }) => kind === 'started')
        assert.ok(performance.now() - pushedMs < 1_000)
        await saw('it ends', (event) => event.kind === 'run' && event.event.kind === 'done')
        assert.equal(await farm.countOf('processed:sales'), 1)
        await setPaused(farm.kitchen.broker, 'shop.sales', true)
        await saw(
          'it is paused',
          (event) => event.kind === 'skipped' && event.reasons.some(({ kind }) => kind === 'paused'),
        )
        await farm.push('in:sales', BLOBS)
        await new Promise((resolve) => setTimeout(resolve, 500))
        assert.equal(events.filter(({ kind }) => kind === 'started').length, 1)
        await setPaused(farm.kitchen.broker, 'shop.sales', false)
        await until('all are counted', async () => (await farm.countOf('processed:sales')) === BLOBS.length)
      },
    )
  })
}
