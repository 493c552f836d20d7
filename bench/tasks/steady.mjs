// Sends and works for so many seconds, with some thousands of jobs waiting all the time.
import { setTimeout as sleep } from 'node:timers/promises'
import { openLibrary } from './library.mjs'
import { payloads, report, startClock, task } from './task.mjs'

const BATCH = 1_000
const WAITING_MAX = 20_000
/** The end of the run tells what has built up. */
const END_SHARE = 0.25

const snapshot = task.holdsSnapshot ? await holdSnapshot() : null
const library = await openLibrary()
let sent = 0
let handled = 0
const endMs = performance.now() + task.count * 1_000
const clock = startClock()
const worker = await library.work(() => {
  handled++
})
let late = null
while (performance.now() < endMs) {
  if (sent - handled < WAITING_MAX) {
    await library.sendMany(payloads(sent, BATCH))
    sent += BATCH
  } else await sleep(5)
  if (late === null && endMs - performance.now() < task.count * 1_000 * END_SHARE) {
    late = { handled, clock: startClock() }
  }
}
const { rate, cpuUs, serverUs } = clock(handled)
const endRate = late.clock(handled - late.handled).rate
await worker.stop()
report({ rate, endRate, cpuUs, serverUs })
await library.close()
await snapshot?.end()

/** As a backup or a long report does: nothing that is deleted from now on can be cleared away. */
async function holdSnapshot() {
  const { default: pg } = await import('pg')
  const client = new pg.Client({ connectionString: task.url })
  await client.connect()
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
  await client.query('SELECT count(*) FROM pg_class')
  return client
}
