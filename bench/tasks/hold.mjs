// A worker that runs all jobs at once and ends none until its memory has been read.
import { setTimeout as sleep } from 'node:timers/promises'
import { residentBytes } from '../processor-time.mjs'
import { openLibrary } from './library.mjs'
import { report, task } from './task.mjs'

/** Long enough for heartbeats to have begun. */
const HOLD_MS = 3_000

const library = await openLibrary()
let held = 0
let end
const ended = new Promise((resolve) => {
  end = resolve
})
const worker = await library.work(() => {
  held++
  return ended
})
while (held < task.count) await sleep(10)
await sleep(HOLD_MS)
const memoryMb = residentBytes(process.pid) / 2 ** 20
end()
await worker.stop()
report({ memoryMb })
await library.close()
