import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { AttemptView, JobLife } from '#hob/broker/control.js'
import { JOB_STORY, lifeStory, ORDER_STORY, whatNext } from '#hob/cli/life-story.js'
import { makePaint } from '#hob/cli/print/colour.js'
import { jobView } from '../support/views.js'

const NOW_MS = 1_700_000_100_000

const life: JobLife = {
  ...jobView({ id: '42', queue: 'orders', payload: '["ttyw8"]', sentMs: NOW_MS - 100_000, dueMs: NOW_MS - 100_000 }),
  history: [],
  lease: null,
}

const failure: AttemptView = {
  node: 'host/1',
  startedMs: NOW_MS - 50_000,
  endedMs: NOW_MS - 47_000,
  ended: 'retry',
  exitCode: 3,
  signal: null,
  error: 'exit code 3',
  output: 'one\n\u001b[31mtwo\n',
}

const tell = (job: JobLife): string =>
  lifeStory(job, { nowMs: NOW_MS, paint: makePaint(false), words: ORDER_STORY }).join('\n')

test('an order that nobody has taken', () => {
  const story = tell(life)
  assert.match(story, /^Order 42 of orders is READY\.\nIts arguments are \["ttyw8"\]\./)
  assert.match(story, /1m 40s ago\.\n\nNobody has taken it yet\.\nIt waits for a waiter/)
})

test('an order that is tried again', () => {
  const job: JobLife = { ...life, state: 'scheduled', node: 'host/1', attempts: 1, failures: 1, attemptsMax: 3 }
  const story = tell({ ...job, dueMs: NOW_MS + 12_000, history: [failure] })
  assert.match(
    story,
    /host\/1 failed after 3\.0s, to be tried again, exit code 3\.\n {4}exit code 3\n {4}\| one\n {4}\| ␛\[31mtwo\n/,
  )
  assert.match(story, /1 of 3 attempts used\.\nIt is retried in 12s\.$/)
})

test('an order that was killed says by what', () => {
  const killed: AttemptView = { ...failure, ended: 'error', exitCode: null, signal: 'SIGKILL' }
  assert.match(
    tell({ ...life, state: 'error', node: 'host/1', history: [killed] }),
    /failed after 3\.0s, killed by SIGKILL\./,
  )
})

test('what happens next, in each state', () => {
  const lease = { lease: { queue: 'orders', epoch: 1 }, node: 'host/123', takenMs: 0, leftMs: 12_300, jobs: ['42'] }
  const next = (job: Partial<JobLife>) => whatNext({ ...life, ...job }, { nowMs: NOW_MS, words: ORDER_STORY }).join(' ')
  assert.equal(next({ state: 'running', lease }), 'Its lease ends in 12s unless host/123 renews it.')
  assert.match(next({ state: 'running', lease: { ...lease, leftMs: -1 } }), /about to return/)
  assert.equal(next({ state: 'scheduled', dueMs: NOW_MS + 20_000 }), 'It is due in 20s.')
  assert.equal(next({ state: 'error' }), 'It stays in ERROR until `hob reset`.')
  assert.match(
    next({ state: 'error', crashes: 3, queue: 'b' }),
    /lost 3 times\. It stays in ERROR until `hob reset --queue b`/,
  )
  assert.match(next({ state: 'ready', crashes: 2 }), /once more, it is set aside/)
  assert.match(next({ state: 'done' }), /nothing more/)
})

test('a job of a queue is no order: its payload, its worker, its result, its reason', () => {
  const tellJob = (job: Partial<JobLife>): string =>
    lifeStory({ ...life, queue: 'mail', ...job }, { nowMs: NOW_MS, paint: makePaint(false), words: JOB_STORY }).join(
      '\n',
    )
  assert.match(tellJob({}), /^Job 42 of mail is READY\.\nIts payload is [\s\S]*waits for a worker/)
  assert.match(
    tellJob({ state: 'done', node: 'a', attempts: 1, result: '{"width":640}' }),
    /Its result is \{"width":640\}\./,
  )
  assert.match(tellJob({ state: 'error', crashes: 3 }), /its worker was lost 3 times[\s\S]*`hob retry 42`/)
  assert.match(tellJob({ state: 'cancelled', error: 'the customer left' }), /It was cancelled \(the customer left\);/)
})
