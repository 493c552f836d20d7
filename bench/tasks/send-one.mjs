import { openKitchen } from '#hob/index.js'
import { kitchenUrl, payloadOf, rateSince, report, task } from './task.mjs'

const kitchen = await openKitchen(kitchenUrl)
const queue = kitchen.queue('q')
const startedMs = performance.now()
for (let number = 0; number < task.count; number++) await queue.send(payloadOf(number))
report({ rate: rateSince(startedMs, task.count) })
await kitchen.close()
