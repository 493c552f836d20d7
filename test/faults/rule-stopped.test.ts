import assert from 'node:assert/strict'
import { readFile } from 'node:fs/promises'
import { afterEach, describe, test } from 'vitest'
import { RunFarm } from '../support/rule/run-farm.js'
import { endAll, type Running, startFixture } from '../support/running.js'
import { redisKitchen } from '../support/servers/scratch-kitchen.js'
import { until } from '../support/until.js'

/** The rule stops its process once where STOP_AT says, and waits where WAIT_AT says. The kitchen has no lock that a stopped one could hold. */
const SHOP = `
import { appendFileSync, existsSync, writeFileSync } from 'node:fs'
import { jsonLines, rule } from 'hob'

const path = (name) => new URL(name, import.meta.url).pathname
const rest = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)

const at = (step) => {
  if (process.env.STOP_AT === step && !existsSync(path('stopped'))) {
    writeFileSync(path('stopped'), '')
    process.kill(process.pid, 'SIGSTOP')
    // The signal comes a little later when another thread is the one that is asked to stop.
    rest(200)
  }
  if (process.env.WAIT_AT === step) {
    writeFileSync(path('waits'), '')
    while (!existsSync(path('go'))) rest(20)
  }
}

const notes = {
  name: 'notes',
  async write([sales], run) {
    appendFileSync(path('writers.txt'), process.pid + '\\n')
    at('before the writing')
    const lines = []
    for await (const rows of sales.batches()) lines.push(JSON.stringify(rows) + '\\n')
    try {
      writeFileSync(path(run.id), lines.join(''), { flag: 'wx' })
    } catch (error) {
      if (error.code !== 'EEXIST') throw error
    }
    at('behind the writing')
  },
}

export default rule({
  name: 'sales',
  input: jsonLines(),
  archive: true,
  nuke: true,
  resultTag: 'result:sales',
  resultTagSuffix: false,
  // By groups, the plan is the first to call functions.
  pure: process.env.STOP_AT !== 'in map',
  partsPreprocess: [(parts) => { if (parts.shop === 'b') { at('in plan'); at('in map') } return parts }],
  partsPostprocess: [(parts) => { if (parts.shop === 'b') at('in reduce'); return parts }],
  keyParts: ['shop'],
  valueParts: ['amount'],
  resultProcessor: notes,
})
`

const BLOBS = Array.from({ length: 3 }, (_, at) => ['a', 'b', 'c'].map((shop) => ({ shop, amount: 1 + at })))

const RESULT = '[["a",6],["b",6],["c",6]]\n'

const TAGGED = ['a', 'b', 'c'].map((shop) => `{"shop":"${shop}","amount":6}\n`).join('')

/** Where it stops. */
const STEPS: readonly string[] = [
  'in plan',
  'in map',
  'in reduce',
  'committed saving',
  'before the writing',
  'behind the writing',
]

/** A worker that stopped itself at a step of a run, and another that has the run next. */
async function stopAt(farm: RunFarm, step: string, env: Readonly<Record<string, string>> = {}) {
  await farm.push('in:sales', BLOBS)
  const started = await farm.start('sales', 'in:sales')
  assert.ok(started.kind === 'started')
  const begin = (more: Readonly<Record<string, string>>): Running =>
    startFixture('run-worker', [farm.kitchen.url, farm.store.url], {
      cwd: farm.folder,
      env: { LEASE_MS: '2000', ...more },
    })
  const stopped = begin({ STOP_AT: step })
  await waitFor('it stops', [stopped], async () => (await stateOf(stopped)) === 'T')
  return { run: started.run, stopped, other: begin(env) }
}

/** Waits, and tells what both workers said when it was in vain. */
async function waitFor(what: string, workers: readonly Running[], look: () => Promise<boolean>): Promise<void> {
  try {
    // A lease of two seconds is lost now and then on a busy machine, and what was done is done again.
    await until(what, look, { mostMs: 60_000 })
  } catch (error) {
    throw new Error(`${error}: ${workers.map(({ out, err }) => `${out}${err}`).join('; ')}`)
  }
}

/** As Linux tells it: T for stopped. */
const stateOf = async ({ pid }: Running): Promise<string> =>
  / \(.*\) (\w)/.exec(await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ''))?.[1] ?? ''

/** The lines of a worker that tell what became of runs. */
const endings = ({ out }: Running): readonly string[] =>
  out.split('\n').filter((line) => /^(done|failed|retry)/.test(line))

async function endBoth(...workers: readonly Running[]): Promise<void> {
  for (const worker of workers) {
    worker.type('end\n')
    const { status, out, err } = await worker.ended
    assert.equal(status, 0, `${out}${err}`)
  }
}

async function onFarm(run: (farm: RunFarm) => Promise<void>): Promise<void> {
  const { url, dispose } = await redisKitchen()
  try {
    await using farm = await RunFarm.open(SHOP, url)
    await run(farm)
  } finally {
    await endAll()
    await dispose()
  }
}

/** The processes whose processor was called. */
const writers = async (farm: RunFarm): Promise<readonly string[]> =>
  (await readFile(farm.path('writers.txt'), 'utf8')).split('\n')

describe('a worker that was stopped in the middle of a run, past its lease', () => {
  afterEach(endAll)

  test.each(STEPS)('%s: changes nothing when it wakes and another has ended the run', (step) =>
    onFarm(async (farm) => {
      const { run, stopped, other } = await stopAt(farm, step)
      await waitFor('the run is done', [stopped, other], async () => (await farm.run(run)).state === 'done')
      const record = await farm.run(run)
      stopped.kill('SIGCONT')
      await endBoth(stopped, other)
      assert.deepEqual([endings(stopped), endings(other)], [[], ['done done  ']])
      assert.deepEqual(await farm.run(run), record)
      assert.equal(record.attempt, 1)
      assert.equal(await readFile(farm.path(run), 'utf8'), RESULT)
      assert.equal((await writers(farm)).includes(`${stopped.pid}`), step.endsWith('writing'))
      assert.equal(await farm.text('result:sales'), TAGGED)
      assert.deepEqual([await farm.countOf('processed:sales'), await farm.countOf('in:sales')], [3, 0])
    }),
  )

  test('leaves the other alone that is in the middle of it', () =>
    onFarm(async (farm) => {
      const { run, stopped, other } = await stopAt(farm, 'in map', { WAIT_AT: 'in reduce' })
      const waits = () => readFile(farm.path('waits')).then(Boolean, () => false)
      await waitFor('the other waits', [stopped, other], waits)
      stopped.kill('SIGCONT')
      await endBoth(stopped)
      assert.equal((await farm.run(run)).state, 'working')
      await farm.writeBeside('go', '')
      await waitFor('the run is done', [stopped, other], async () => (await farm.run(run)).state === 'done')
      await endBoth(other)
      assert.deepEqual([endings(stopped), endings(other)], [[], ['done done  ']])
      assert.equal((await farm.run(run)).attempt, 1)
      assert.equal(await readFile(farm.path(run), 'utf8'), RESULT)
      assert.equal((await writers(farm)).includes(`${stopped.pid}`), false)
      assert.equal(await farm.text('result:sales'), TAGGED)
    }))
})
