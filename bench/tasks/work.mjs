// A worker with a handler that does nothing, on a queue that is filled. Ends when the last outcome is durable.
import { checkLeft, openLibrary } from './library.mjs'
import { report, startClock, task } from './task.mjs'

const library = await openLibrary()
let handled = 0
let allHandled
const all = new Promise((resolve) => {
  allHandled = resolve
})
const clock = startClock()
const worker = await library.work(() => {
  if (++handled === task.count) allHandled()
})
await all
await worker.stop()
report(clock(task.count))
if (handled !== task.count) throw new Error(`${handled} runs of ${task.count} jobs`)
await checkLeft(library, 0)
await library.close()
