import { checkLeft, openLibrary } from './library.mjs'
import { payloadOf, report, startClock, task } from './task.mjs'

const library = await openLibrary()
const clock = startClock()
for (let number = 0; number < task.count; number++) await library.send(payloadOf(number))
report(clock(task.count))
await checkLeft(library, task.count)
await library.close()
