import assert from 'node:assert/strict'
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { afterEach, test } from 'vitest'
import { openMemory } from '#hob/broker/memory/memory.js'
import { VirtualClock } from '#hob/core/clock.js'
import { goneNodes, type NodePresence, readNodes, readPresence, thisProcess } from '#hob/queue/presence.js'

const children: ChildProcess[] = []

afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
})

async function startChild(): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn('sleep', ['60'], { stdio: 'ignore' })
  children.push(child)
  await once(child, 'spawn')
  return Object.assign(child, { pid: child.pid ?? assert.fail('no pid') })
}

async function recordOf(presence: Partial<NodePresence>) {
  const value = JSON.stringify({ ...(await thisProcess()), role: 'waiter', queue: 'q', ...presence })
  return { key: `node/${presence.name}/${presence.pid ?? 0}`, value }
}

/** The nodes that a kitchen tells of, of these records. */
async function nodesOf(put: readonly { readonly key: string; readonly value: string }[]) {
  const broker = openMemory({ clock: new VirtualClock() })
  await broker.commit([{ put }])
  return readNodes(broker)
}

const gone = async (...presences: Partial<NodePresence>[]) =>
  goneNodes(await nodesOf(await Promise.all(presences.map(recordOf))))

test('this very process is alive', async () => {
  assert.deepEqual(await gone({ name: 'me' }), [])
})

test('a node is gone once its process has ended, and not before', async () => {
  const child = await startChild()
  const node = { name: 'child', pid: child.pid, processStart: null }
  assert.deepEqual(await gone(node), [])
  child.kill('SIGKILL')
  await once(child, 'exit')
  assert.deepEqual(await gone(node), ['child'])
})

test.runIf(process.platform === 'linux')(
  'a pid that was given to another process is not taken for the node',
  async () => {
    const { pid } = await startChild()
    assert.deepEqual(await gone({ name: 'earlier', pid, processStart: '1' }), ['earlier'])
  },
)

test.runIf(process.platform === 'linux')('a zombie is gone', async () => {
  // The shell starts a process and, before that one ends, becomes a sleep, which never asks how it ended.
  const shell = spawn('sh', ['-c', 'sleep 0.2 & echo $!; exec sleep 60'], { stdio: ['ignore', 'pipe', 'ignore'] })
  children.push(shell)
  const [line] = await once(shell.stdout, 'data')
  const pid = Number(String(line))
  const stateOf = async () => (await readFile(`/proc/${pid}/stat`, 'utf8')).split(') ')[1]?.[0]
  while ((await stateOf()) !== 'Z') await new Promise(setImmediate)
  assert.deepEqual(await gone({ name: 'zombie', pid, processStart: null }), ['zombie'])
})

test('nobody can tell from here whether a node of another machine is gone', async () => {
  assert.deepEqual(await gone({ name: 'far', machine: 'elsewhere', pid: 1_000_000_000 }), [])
})

test('a name that a live node bears too is not gone', async () => {
  assert.deepEqual(await gone({ name: 'twin', pid: 1_000_000_000 }, { name: 'twin' }), [])
})

test('a record that is no presence is passed over', async () => {
  assert.equal(readPresence({ key: 'node/x', value: 'null', version: 1 }), undefined)
  assert.equal(readPresence({ key: 'node/x', value: '{"name":"x","pid":0}', version: 1 }), undefined)
  assert.equal(readPresence({ key: 'node/x', value: '[]', version: 1 }), undefined)
  assert.deepEqual(
    await nodesOf([
      { key: 'node/x', value: '[]' },
      { key: 'other', value: '1' },
    ]),
    [],
  )
})
