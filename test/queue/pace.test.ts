import assert from 'node:assert/strict'
import { test } from 'vitest'
import { Pace } from '#hob/queue/pace.js'

const jobs = (count: number, chars: number) => Array.from({ length: count }, () => ({ payload: 'x'.repeat(chars) }))

test('nothing is held ahead before it is known how long jobs run, nor while they run long', () => {
  const pace = new Pace(10)
  assert.equal(pace.ahead, 0)
  pace.ran(1_000)
  assert.equal(pace.ahead, 0)
})

test('what slots begin within 50 ms is held ahead, 3,000 at most', () => {
  const pace = new Pace(10)
  pace.ran(5)
  assert.equal(pace.ahead, 100)
  assert.equal(pace.low, 50)
  pace.stalled(0.001)
  assert.equal(pace.ahead, 3_000)
  assert.equal(pace.low, 1_500)
})

test('large payloads are held ahead by their size, 16 MiB in all', () => {
  const pace = new Pace(10)
  pace.ran(0.001)
  pace.took(jobs(2, 4 * 2 ** 20))
  assert.equal(pace.ahead, 4)
  pace.took(jobs(100, 100))
  assert.equal(pace.ahead, 3_000)
})
