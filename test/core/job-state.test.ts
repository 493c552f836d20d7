import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { hasEnded, JOB_STATES, type JobState, TRANSITIONS } from '#hob/core/job-state.js'

/** The states that a job can come to from one of them. */
function reachable(from: JobState): Set<JobState> {
  const found = new Set<JobState>([from])
  for (const state of found) for (const next of TRANSITIONS[state]) found.add(next)
  return found
}

describe('the states of a job', () => {
  test('every state has its moves, each to another state and named once', () => {
    assert.deepEqual(new Set(Object.keys(TRANSITIONS)), new Set(JOB_STATES))
    for (const [from, moves] of Object.entries(TRANSITIONS)) {
      assert.equal(new Set(moves).size, moves.length)
      assert.ok(moves.every((to) => to !== from && JOB_STATES.includes(to)))
    }
  })

  test('the order is fixed, because engines store a state as its index', () => {
    assert.deepEqual(JOB_STATES, ['scheduled', 'ready', 'running', 'done', 'error', 'cancelled'])
  })

  test('a job that is sent can come to every state', () => {
    for (const sent of ['scheduled', 'ready'] as const) assert.deepEqual(reachable(sent), new Set(JOB_STATES))
  })

  test('only a ready job starts to run, so that none runs twice at once', () => {
    assert.deepEqual(
      JOB_STATES.filter((state) => TRANSITIONS[state].includes('running')),
      ['ready'],
    )
  })

  test('a job is done only from running, and stays done', () => {
    assert.deepEqual(
      JOB_STATES.filter((state) => TRANSITIONS[state].includes('done')),
      ['running'],
    )
    assert.deepEqual(TRANSITIONS.done, [])
  })

  test('what has ended comes back only as ready, by a reset', () => {
    assert.deepEqual(JOB_STATES.filter(hasEnded), ['done', 'error', 'cancelled'])
    for (const state of JOB_STATES.filter(hasEnded)) assert.ok(TRANSITIONS[state].every((to) => to === 'ready'))
  })
})
