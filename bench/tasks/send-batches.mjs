import { openKitchen } from '#hob/index.js'
import { kitchenUrl, payloadOf, rateSince, report, task } from './task.mjs'

const kitchen = await openKitchen(kitchenUrl)
const queue = kitchen.queue('q')
const startedMs = performance.now()
for (let from = 0; from < task.count; from += task.perTransaction) {
  await queue.sendMany(Array.from({ length: task.perTransaction }, (_, index) => payloadOf(from + index)))
}
report({ rate: rateSince(startedMs, task.count) })
await kitchen.close()
