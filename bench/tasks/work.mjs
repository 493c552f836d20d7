// A worker as users get it: every setting but the concurrency is left alone. Ends when the last outcome is durable.
import { openKitchen } from '#hob/index.js'
import { fillKitchen, kitchenUrl, report, startClock, task } from './task.mjs'

await fillKitchen(openKitchen, task.count)
const kitchen = await openKitchen(kitchenUrl)
let handled = 0
let allHandled
const all = new Promise((resolve) => {
  allHandled = resolve
})
const clock = startClock()
const worker = kitchen.queue('q').work(
  async () => {
    if (++handled === task.count) allHandled()
  },
  { concurrency: 10 },
)
await all
await worker.stop()
report(clock(task.count))
await kitchen.close()
