// From the call of send in this process to the start of the handler in another, whose worker has been idle.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { openLibrary } from './library.mjs'
import { report, task } from './task.mjs'

/** Jobs before those that count: connections, statements and code get warm. */
const WARM_UP = 20
const PAUSE_MS = 20

const library = await openLibrary()
const worker = fork(new URL('./idle-worker.mjs', import.meta.url), [process.argv[2]])
await once(worker, 'message')

const times = []
for (let number = 0; number < WARM_UP + task.count; number++) {
  await sleep(PAUSE_MS)
  const started = once(worker, 'message')
  await library.send({ sentNs: Number(process.hrtime.bigint()) })
  const [ms] = await started
  if (number >= WARM_UP) times.push(ms)
}
worker.send('stop')
await once(worker, 'exit')
times.sort((a, b) => a - b)
const p50 = times[Math.floor(times.length * 0.5)]
const beyondMs = library.ask === undefined ? Number.NaN : p50 - (await roundTripMs())
report({ p50, p99: times[Math.floor(times.length * 0.99)], beyondMs })
await library.close()

/** The median of as many round trips as there were jobs, as far apart. */
async function roundTripMs() {
  const trips = []
  for (let number = 0; number < task.count; number++) {
    await sleep(PAUSE_MS)
    const startedMs = performance.now()
    await library.ask()
    trips.push(performance.now() - startedMs)
  }
  return trips.sort((a, b) => a - b)[Math.floor(trips.length / 2)]
}
