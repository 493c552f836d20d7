import { openKitchen } from '#hob/index.js'
import { kitchenUrl, payloadOf, report, startClock, task } from './task.mjs'

const kitchen = await openKitchen(kitchenUrl)
const queue = kitchen.queue('q')
const clock = startClock()
for (let from = 0; from < task.count; from += task.perTransaction) {
  await queue.sendMany(Array.from({ length: task.perTransaction }, (_, index) => payloadOf(from + index)))
}
report(clock(task.count))
await kitchen.close()
