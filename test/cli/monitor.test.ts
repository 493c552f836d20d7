import assert from 'node:assert/strict'
import { test } from 'vitest'
import { tellReturned } from '#hob/cli/monitor.js'
import { type Farm, onFarm } from '../support/farm.js'
import { startHob } from '../support/running.js'
import { until } from '../support/until.js'
import { hob } from './hob.js'

const LEASE_MS = 1_000

/** Leaves a job in the hands of somebody who is gone. */
const takeAndVanish = (farm: Farm): Promise<string> =>
  farm.look(async ({ broker }) => {
    await broker.commit([{ send: [{ queue: 'mail', payload: '1' }] }])
    const [job] = await broker.take({ queue: 'mail', node: 'web1/4711', countMax: 1, leaseMs: LEASE_MS })
    return job?.id ?? assert.fail('nothing to take')
  })

test('it tells what it returned and why, as soon as the lease has ended, and Ctrl-C ends it in peace', () =>
  onFarm(async (farm) => {
    await farm.make()
    const id = await takeAndVanish(farm)
    const monitor = startHob(['monitor', '--every', '1h'], { cwd: farm.folder })
    await until('it tells', () => monitor.out.includes('\n'))
    assert.match(
      monitor.out,
      new RegExp(`^[\\d-]+ [\\d:]+ returned job ${id} of mail to ready: web1/4711 let its lease end, crash 1 of 3\n$`),
    )
    assert.equal((await farm.jobs())[0]?.state, 'ready')
    const nodes = JSON.parse((await hob(['nodes', '--json'], { cwd: farm.folder })).out)
    assert.deepEqual(
      nodes.map(({ role, ops }: { role: string; ops: number }) => [role, ops > 0 || ops === 0]),
      [['monitor', true]],
    )
    // It is no waiter.
    assert.doesNotMatch((await hob(['status'], { cwd: farm.folder })).out, /WAITER/)
    monitor.kill('SIGINT')
    const { status, err } = await monitor.ended
    assert.deepEqual({ status, err }, { status: 0, err: '' })
    assert.equal((await hob(['nodes'], { cwd: farm.folder })).out, 'Nobody is at work here.\n')
  }))

test('it ticks the schedules, too', () =>
  onFarm(async (farm) => {
    await farm.make()
    const monitor = startHob(['monitor'], { cwd: farm.folder })
    const added = await hob(['schedule', 'add', 'often', '--every', '1s', '-q', 'mail'], { cwd: farm.folder })
    assert.equal(added.status, 0, added.err)
    await until('it ticks', () => monitor.out.includes('ticked schedule often: 1 job sent'))
    assert.ok((await farm.jobs()).every(({ queue }) => queue === 'mail'))
    monitor.kill('SIGINT')
    assert.deepEqual(await monitor.ended.then(({ status, err }) => ({ status, err })), { status: 0, err: '' })
  }))

test('--once looks once; --json has a line for each job', () =>
  onFarm(async (farm) => {
    await farm.make()
    const id = await takeAndVanish(farm)
    assert.deepEqual(await hob(['monitor', '--once'], { cwd: farm.folder }), { status: 0, out: '', err: '' })
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS))
    const { out } = await hob(['monitor', '--once', '--json'], { cwd: farm.folder })
    const { atMs, ...told } = JSON.parse(out)
    assert.ok(Math.abs(atMs - Date.now()) < 60_000)
    const job = { id, node: 'web1/4711', crashes: 1, crashesMax: 3, state: 'ready' }
    assert.deepEqual(told, { kind: 'returned', queue: 'mail', ...job })
  }))

test('a job that crashed too often is told to be set aside', () => {
  assert.equal(
    tellReturned('mail', { id: '12', node: 'web1/4711', crashes: 3, state: 'error' }),
    'set aside job 12 of mail as error: web1/4711 let its lease end, crash 3 of 3; more: hob why 12',
  )
})

test('what makes no sense is refused', () =>
  onFarm(async (farm) => {
    const { status, err } = await hob(['monitor', '--every', '1ms'], { cwd: farm.folder })
    assert.deepEqual({ status, err }, { status: 2, err: "hob: --every: '1ms' is not from 100ms to 24h\n" })
    assert.equal((await hob(['monitor', '--once'], { cwd: farm.folder })).status, 3)
  }))

test('it serves metrics', () =>
  onFarm(async (farm) => {
    await farm.make()
    await takeAndVanish(farm)
    const monitor = startHob(['monitor', '--metrics', '0'], { cwd: farm.folder })
    await until('it serves', () => monitor.err.includes('serves metrics at'))
    const url = /serves metrics at (\S+)/.exec(monitor.err)?.[1] ?? ''
    assert.match(await (await fetch(url)).text(), /hob_queue_jobs\{queue="mail",state="(ready|running)"\} 1\n/)
    monitor.kill('SIGINT')
    assert.equal((await monitor.ended).status, 0)
  }))
