// The cost of a take and a settle, and of a sweep, in a kitchen that tasks/grow.mjs has filled; it leaves it as large.
import { openKitchen } from '#hob/index.js'
import { cycle } from './cycle.mjs'
import { payloads, report, startClock, task } from './task.mjs'

const BATCH = 100
const SWEEPS = 5

const kitchen = await openKitchen(task.url)
await run(10)
const clock = startClock()
const times = (await run(task.count)).sort((a, b) => a - b)
const { cpuUs, serverUs } = clock(task.count * BATCH)
const sweeps = []
for (let number = 0; number < SWEEPS; number++) sweeps.push(await timeSweep())
report({
  us: (times[Math.floor(times.length / 2)] * 1_000) / BATCH,
  sweepMs: sweeps.sort((a, b) => a - b)[Math.floor(SWEEPS / 2)],
  cpuUs,
  serverUs,
})
await kitchen.close()

/** Ten cycles at a time, and then as many jobs as were done. */
async function run(cycles) {
  const all = []
  while (all.length < cycles) {
    all.push(...(await cycle(kitchen, { batch: BATCH, cycles: 10 })))
    await kitchen.queue('q').sendMany(payloads(0, 10 * BATCH))
  }
  return all
}

/** Retention that keeps all that there is, and so has to know how much that is. */
async function timeSweep() {
  const startedMs = performance.now()
  await kitchen.broker.sweep({ queue: 'q', keep: { doneMax: task.keepMax, errorMax: 10_000 }, countMax: 5_000 })
  return performance.now() - startedMs
}
