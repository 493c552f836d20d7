import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { JobView } from '#hob/broker/control.js'
import { hob } from '../cli/hob.js'
import { type Farm, onFarm } from '../support/farm.js'
import { type Running, startFixture, startHob } from '../support/running.js'
import { until } from '../support/until.js'

const LEASE_MS = 1_000

interface Settings {
  readonly name: string
  /** null: for ever; `wait`: the loop turns, and a word goes on. */
  readonly blockMs: number | null | 'wait'
  readonly hungMs?: number
}

const startScript = ({ url, folder }: Farm, settings: Settings): Running =>
  startFixture('marble', [url, JSON.stringify({ leaseMs: LEASE_MS, ...settings })], { cwd: folder })

async function sendOne(farm: Farm): Promise<void> {
  await farm.make()
  await farm.look(({ broker }) => broker.commit([{ send: [{ queue: 'q', payload: '"a job"' }] }]))
}

async function onlyJob(farm: Farm): Promise<JobView> {
  const [job, ...others] = await farm.jobs()
  assert.deepEqual(others, [])
  assert.ok(job)
  return job
}

const says = (script: Running, line: string): Promise<boolean> =>
  until(`it says "${line}"; it said "${script.out}${script.err}"`, () => script.out.split('\n').includes(line))

/** What must be true in the end: the other did it, and one crash was counted. */
async function isDoneByTheOther(farm: Farm): Promise<void> {
  const { state, node, attempts, crashes } = await until('it is done', async () => {
    const job = await onlyJob(farm)
    return job.state === 'done' && job
  })
  assert.deepEqual({ state, node, attempts, crashes }, { state: 'done', node: 'other', attempts: 2, crashes: 1 })
}

test('a script that is killed gives its marble back, and the monitor tells so', () =>
  onFarm(async (farm) => {
    await sendOne(farm)
    const killed = startScript(farm, { name: 'killed', blockMs: 'wait' })
    await says(killed, 'held 1 1')
    // Longer than a lease: what is held is kept.
    await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS))
    assert.equal((await onlyJob(farm)).crashes, 0)
    const monitor = startHob(['monitor'], { cwd: farm.folder })
    await until('the monitor is there', async () =>
      (await hob(['nodes'], { cwd: farm.folder })).out.includes('monitor'),
    )
    killed.kill('SIGKILL')
    await until('the monitor tells it', () =>
      monitor.out.includes('returned job 1 of q to ready: killed let its lease end, crash 1 of 3'),
    )
    await says(startScript(farm, { name: 'other', blockMs: 0 }), 'finished 1')
    await isDoneByTheOther(farm)
  }))

test('a script that was stopped past its lease is told when it goes on, and its finish is refused', () =>
  onFarm(async (farm) => {
    await sendOne(farm)
    const stopped = startScript(farm, { name: 'stopped', blockMs: 'wait' })
    await says(stopped, 'held 1 1')
    stopped.kill('SIGSTOP')
    await says(startScript(farm, { name: 'other', blockMs: 0 }), 'finished 1')
    stopped.kill('SIGCONT')
    await says(stopped, 'aborted')
    stopped.type('go on\n')
    await says(stopped, 'lease-lost')
    await isDoneByTheOther(farm)
  }))

test('a script that holds up its loop for three leases keeps its marble', () =>
  onFarm(async (farm) => {
    await sendOne(farm)
    const blocked = startScript(farm, { name: 'blocked', blockMs: 3 * LEASE_MS })
    await says(blocked, 'held 1 1')
    const other = startScript(farm, { name: 'other', blockMs: 0 })
    await says(blocked, 'finished 1')
    const { node, attempts, crashes } = await onlyJob(farm)
    assert.deepEqual({ node, attempts, crashes }, { node: 'blocked', attempts: 1, crashes: 0 })
    assert.equal(other.out, '')
  }))

test('a script that hangs gives its marble back', () =>
  onFarm(async (farm) => {
    await sendOne(farm)
    const hung = startScript(farm, { name: 'hung', blockMs: null, hungMs: 500 })
    await says(hung, 'held 1 1')
    await says(startScript(farm, { name: 'other', blockMs: 0 }), 'finished 1')
    await isDoneByTheOther(farm)
    assert.ok(!hung.hasEnded)
  }))
