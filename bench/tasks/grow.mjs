// Fills a kitchen with jobs that wait, and others that are done and kept.
import { openKitchen } from '#hob/index.js'
import { settle } from '../settle.mjs'
import { cycle } from './cycle.mjs'
import { payloads, report, task } from './task.mjs'

const BATCH = 1_000

const kitchen = await openKitchen(task.url)
const send = async (count) => {
  for (let from = 0; from < count; from += BATCH) {
    await kitchen.queue('q').sendMany(payloads(from, Math.min(BATCH, count - from)))
  }
}
// In portions, so that what becomes history never waits in a long queue.
for (let done = 0; done < task.done; done += 10 * BATCH) {
  await send(Math.min(10 * BATCH, task.done - done))
  await cycle(kitchen, { batch: BATCH, cycles: Number.POSITIVE_INFINITY })
}
await send(task.waiting)
await kitchen.close()
await settle(task.url)
report({})
