import { openKitchen } from '#hob/index.js'
import { kitchenUrl, payloadOf, report, startClock, task } from './task.mjs'

const kitchen = await openKitchen(kitchenUrl)
const queue = kitchen.queue('q')
const clock = startClock()
for (let number = 0; number < task.count; number++) await queue.send(payloadOf(number))
report(clock(task.count))
await kitchen.close()
