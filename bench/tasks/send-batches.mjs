import { checkLeft, openLibrary } from './library.mjs'
import { payloads, report, startClock, task } from './task.mjs'

const library = await openLibrary()
const clock = startClock()
for (let from = 0; from < task.count; from += task.batch) {
  await library.sendMany(payloads(from, Math.min(task.batch, task.count - from)))
}
report(clock(task.count))
await checkLeft(library, task.count)
await library.close()
