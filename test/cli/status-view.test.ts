import assert from 'node:assert/strict'
import { test } from 'vitest'
import { makePaint } from '#hob/cli/print/colour.js'
import { statusLines } from '#hob/cli/status-lines.js'
import { statusOfNodes, statusOfQueue } from '#hob/cli/status-view.js'
import { nodePresence } from '../support/views.js'

const NOW_MS = 1_700_000_000_000
const counts = { scheduled: 10, ready: 80, running: 10, done: 5, error: 1, cancelled: 0 }
const leases = [
  { lease: { queue: 'q', epoch: 1 }, node: 'a/1', takenMs: NOW_MS - 4_000, leftMs: 9_000, jobs: ['1', '2'] },
  { lease: { queue: 'q', epoch: 2 }, node: 'a/1', takenMs: NOW_MS - 9_000, leftMs: 5_000, jobs: [] },
  { lease: { queue: 'q', epoch: 3 }, node: 'b/2', takenMs: NOW_MS - 2_000, leftMs: 20_000, jobs: ['3'] },
]
const presence = nodePresence({ role: 'waiter', concurrency: 4, startedMs: NOW_MS - 60_000, done: 7, failed: 1 })

test('time to go is what is left at the rate of late', () => {
  const status = statusOfQueue(
    { queue: 'q', counts, recent: { ended: 20, seconds: 10 }, isPaused: false },
    { leases, nowMs: NOW_MS },
  )
  assert.equal(status.perSecond, 2)
  assert.equal(status.leftMs, 50_000)
  assert.equal(status.oldestRunningMs, 4_000)
})

test('a queue that stands still has no time to go', () => {
  const still = statusOfQueue(
    { queue: 'r', counts, recent: { ended: 0, seconds: 60 }, isPaused: false },
    { leases, nowMs: NOW_MS },
  )
  assert.equal(still.leftMs, null)
  assert.equal(still.oldestRunningMs, null)
})

test('nodes are those that announced themselves, and those that only hold leases', () => {
  const nodes = statusOfNodes([presence], { leases, gone: ['a/1'] })
  assert.deepEqual(
    nodes.map(({ name, running, leaseLeftMs, isGone }) => ({ name, running, leaseLeftMs, isGone })),
    [
      { name: 'a/1', running: 2, leaseLeftMs: 9_000, isGone: true },
      { name: 'b/2', running: 1, leaseLeftMs: 20_000, isGone: false },
    ],
  )
})

test('the lines for people', () => {
  const kitchen = {
    engine: 'sqlite',
    place: 'x',
    lossWindow: 'A power cut may lose the last second.',
    schemaVersion: 1,
    nowMs: NOW_MS,
  }
  const queue = statusOfQueue(
    { queue: 'q', counts, recent: { ended: 20, seconds: 10 }, isPaused: false },
    { leases, nowMs: NOW_MS },
  )
  const nodes = statusOfNodes([presence], { leases, gone: [] })
  assert.deepEqual(statusLines({ kitchen, queues: [queue], nodes }, makePaint(false)), [
    'QUEUE  READY  SCHEDULED  RUNNING  DONE  ERROR   RATE  ETA  OLDEST RUNNING',
    'q         80         10       10     5      1  2.0/s  50s            4.0s',
    '',
    'WAITER  QUEUE  RUNNING  DONE  FAILED     UP  LEASE',
    'a/1     q          2/4     7       1  1m 0s  9.0s',
    'b/2     q            1     -       -      -  20s',
    '',
    'A power cut may lose the last second.',
  ])
  assert.match(statusLines({ kitchen, queues: [], nodes: [] }, makePaint(false)).join(), /hob load FILE/)
})
