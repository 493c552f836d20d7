// So many sends wait for their answer at any time, as in a server with as many requests.
import { checkLeft, openLibrary } from './library.mjs'
import { payloadOf, report, startClock, task } from './task.mjs'

const library = await openLibrary()
let number = 0
async function sendOn() {
  while (number < task.count) await library.send(payloadOf(number++))
}
const clock = startClock()
await Promise.all(Array.from({ length: task.inFlight }, sendOn))
report(clock(task.count))
await checkLeft(library, task.count)
await library.close()
