import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { JobView } from '#hob/broker/control.js'
import { openKitchen } from '#hob/index.js'
import { type Farm, onFarm } from '../support/farm.js'
import { type Running, startFixture } from '../support/running.js'
import { until } from '../support/until.js'

const LEASE_MS = 1_000

interface Settings {
  readonly name: string
  /** null: for ever. */
  readonly blockMs: number | null
  readonly timeoutMs?: number
}

const startWorker = ({ url, folder }: Farm, settings: Settings): Running =>
  startFixture('worker', [url, JSON.stringify({ leaseMs: LEASE_MS, ...settings })], { cwd: folder })

async function sendOne(farm: Farm): Promise<void> {
  const kitchen = await openKitchen(farm.url)
  await kitchen.queue('q').send('a job')
  await kitchen.close()
}

async function onlyJob(farm: Farm): Promise<JobView> {
  const [job, ...others] = await farm.jobs()
  assert.deepEqual(others, [])
  assert.ok(job)
  return job
}

const says = (worker: Running, line: string): Promise<boolean> =>
  until(`it says "${line}"`, () => worker.out.split('\n').some((said) => said.startsWith(line)))

test('a handler that holds up the event loop for three leases keeps its job', () =>
  onFarm(async (farm) => {
    await sendOne(farm)
    const blocked = startWorker(farm, { name: 'blocked', blockMs: 3 * LEASE_MS })
    await says(blocked, 'begun 1 1')
    const idle = startWorker(farm, { name: 'idle', blockMs: 0 })
    await says(idle, 'ready')
    await says(blocked, 'ended 1')
    await until('the job has ended', async () => (await onlyJob(farm)).state === 'done')
    const { node, attempts, crashes } = await onlyJob(farm)
    assert.deepEqual({ node, attempts, crashes }, { node: 'blocked', attempts: 1, crashes: 0 })
    for (const worker of [blocked, idle]) worker.type('end\n')
    assert.equal((await blocked.ended).out, 'ready\nbegun 1 1\nended 1\n')
    assert.equal((await idle.ended).out, 'ready\n')
  }))

test('a handler with a time limit that holds up the event loop for ever loses its job to another', () =>
  onFarm(async (farm) => {
    await sendOne(farm)
    const hung = startWorker(farm, { name: 'hung', blockMs: null, timeoutMs: 500 })
    await says(hung, 'begun 1 1')
    const other = startWorker(farm, { name: 'other', blockMs: 0 })
    await says(other, 'begun 1 2')
    await until('the job has ended', async () => (await onlyJob(farm)).state === 'done')
    const { node, attempts, crashes } = await onlyJob(farm)
    assert.deepEqual({ node, attempts, crashes }, { node: 'other', attempts: 2, crashes: 1 })
    other.type('end\n')
    assert.equal((await other.ended).status, 0)
    assert.ok(!hung.hasEnded)
  }))
