import assert from 'node:assert/strict'
import { test } from 'vitest'
import { nodesLines, sortNodes } from '#hob/cli/nodes-lines.js'
import { type NodeView, viewOf } from '#hob/cli/nodes-view.js'
import { makePaint } from '#hob/cli/print/colour.js'
import { type Farm, onFarm } from '../support/farm.js'
import { start, startHob } from '../support/running.js'
import { until } from '../support/until.js'
import { nodePresence } from '../support/views.js'
import { hob } from './hob.js'

const HOUR_MS = 3_600_000
const NOW_MS = 1_700_000_000_000

const presence = nodePresence({ role: 'marble', startedMs: NOW_MS - 60_000, done: 7, failed: 1 })

const at = { nowMs: NOW_MS, isGone: false }

test('a node whose clock is off was up and seen for as long as it was', () => {
  for (const offMs of [-HOUR_MS, 0, HOUR_MS]) {
    const startedMs = NOW_MS - 60_000 + offMs
    const node = viewOf({ ...presence, startedMs, seenMs: NOW_MS - 5_000 + offMs, seenStoreMs: NOW_MS - 5_000 }, at)
    assert.deepEqual([node.upMs, node.seenAgoMs, node.ops], [60_000, 5_000, 8])
  }
})

test('what an older Hob wrote is shown as far as it goes', () => {
  const { upMs, seenAgoMs, message } = viewOf(presence, at)
  assert.deepEqual({ upMs, seenAgoMs, message }, { upMs: 60_000, seenAgoMs: null, message: '' })
})

const view = (name: string, more: Partial<NodeView> = {}): NodeView => ({
  ...viewOf({ ...presence, name, message: 'at page 7', seenMs: NOW_MS, seenStoreMs: NOW_MS - 2_000 }, at),
  ...more,
})

test('the table for people, in the columns that were asked for', () => {
  const lines = nodesLines(
    [view('b/2', { isGone: true }), view('a/1')],
    ['name', 'message', 'ops', 'seen'],
    makePaint(false),
  )
  assert.deepEqual(lines, [
    'NAME  MESSAGE    OPS  SEEN',
    'b/2   at page 7    8  gone, 2.0s ago',
    'a/1   at page 7    8  2.0s ago',
  ])
})

test('sorted by text from A on, by numbers from the largest on, by who was seen last', () => {
  const all = [view('b', { ops: 9 }), view('a', { ops: 5, seenAgoMs: 10 }), view('c', { ops: 70, isGone: true })]
  const names = (by: 'name' | 'ops' | 'seen') => sortNodes(all, by).map(({ name }) => name)
  assert.deepEqual(names('name'), ['a', 'b', 'c'])
  assert.deepEqual(names('ops'), ['c', 'b', 'a'])
  assert.deepEqual(names('seen'), ['a', 'b', 'c'])
})

/** A script that holds one marble, and says so. */
const SCRIPT = (url: string) => `
import { openMarble } from '${new URL('../../dist/index.js', import.meta.url).href}'
const marble = await openMarble('${url}', { name: 'script', leaseMs: 1000 })
marble.report('at page 7')
await marble.wait('q')
console.log('held')
setInterval(() => {}, 1000)`

async function startScript(farm: Farm) {
  await farm.look(({ broker }) => broker.commit([{ send: [{ queue: 'q', payload: '1' }] }]))
  const script = start(process.execPath, ['--input-type=module', '-e', SCRIPT(farm.url)], { cwd: farm.folder })
  await until('it holds its marble', () => script.out.includes('held'))
  return script
}

test('all that run are there, with what they say; one that died is gone, and then vanishes', () =>
  onFarm(async (farm) => {
    await farm.make()
    const script = await startScript(farm)
    const waiter = startHob(['deliver', '--wait', '--name', 'waits', 'true'], { cwd: farm.folder })
    const look = async (...args: string[]): Promise<NodeView[]> =>
      JSON.parse((await hob(['nodes', '--json', ...args], { cwd: farm.folder })).out)
    const both = await until('both are there', async () => {
      const nodes = await look('--sort', 'role')
      return nodes.length === 2 && nodes.every(({ seenAgoMs }) => seenAgoMs !== null) && nodes
    })
    assert.deepEqual(
      both.map(({ role, name, queue, message, isGone }) => ({ role, name, queue, message, isGone })),
      [
        { role: 'marble', name: 'script', queue: 'q', message: 'at page 7', isGone: false },
        { role: 'waiter', name: 'waits', queue: 'orders', message: '', isGone: false },
      ],
    )
    assert.deepEqual(
      (await look('--role', 'waiter')).map(({ name }) => name),
      ['waits'],
    )
    const { out } = await hob(['nodes', '--columns', 'role,name,message'], { cwd: farm.folder })
    assert.equal(out, 'ROLE    NAME    MESSAGE\nmarble  script  at page 7\nwaiter  waits   -\n')
    script.kill('SIGKILL')
    await script.ended
    assert.match((await hob(['nodes', '--role', 'marble'], { cwd: farm.folder })).out, / gone, [\d.]+s ago\n$/)
    // Four leases of a second after it was last seen.
    await until('its record has ended', async () => (await look('--role', 'marble')).length === 0)
    waiter.kill('SIGTERM')
    await waiter.ended
    assert.deepEqual(await look(), [])
  }))

test('--watch goes on until Ctrl-C, which is no failure', () =>
  onFarm(async (farm) => {
    await farm.make()
    const watch = startHob(['nodes', '--watch', '--json'], { cwd: farm.folder })
    await until('it has looked twice', () => watch.out === '[]\n[]\n' || watch.out.length > 6)
    watch.kill('SIGINT')
    assert.equal((await watch.ended).status, 0)
  }))

test('a load that lasts is a node, and one that was short never was', () =>
  onFarm(async (farm) => {
    await farm.make()
    const load = startHob(['load', '-'], { cwd: farm.folder })
    load.type('one\n')
    await until('it is there', async () =>
      (await hob(['nodes', '--columns', 'role,queue'], { cwd: farm.folder })).out.includes('loader  orders'),
    )
    load.kill('SIGINT')
    await load.ended
    assert.equal((await hob(['nodes'], { cwd: farm.folder })).out, 'Nobody is at work here.\n')
  }))

test('an unknown column and an unknown role are told, with those there are', () =>
  onFarm(async (farm) => {
    const { status, err } = await hob(['nodes', '--sort', 'size'], { cwd: farm.folder })
    assert.equal(status, 2)
    const role = await hob(['nodes', '--role', 'marbles'], { cwd: farm.folder })
    assert.equal(role.status, 2)
    assert.match(role.err, /^hob: --role: 'marbles' is none of waiter, worker, marble, monitor, loader, rules\n/)
    assert.match(err, /^hob: --sort: 'size' is none of host, role, name, pid, queue,/)
  }))
