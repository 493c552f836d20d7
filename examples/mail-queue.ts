/**
 * A queue of letters: defined once, sent to and worked in one process here, in two of them just as well.
 *
 * Run it with `node --import jiti/register examples/mail-queue.ts [KITCHEN]`; the kitchen is `memory:` unless given.
 */
import { defineQueue, exponential, fail, JobFailedError, openKitchen, snooze } from 'hob'
import { z } from 'zod'

/** What sender and worker agree on; in a larger program, a module of its own. */
const letters = defineQueue({
  name: 'letters',
  payload: z.object({ to: z.email(), subject: z.string().default('Hello') }),
  attempts: 5,
  backoff: exponential({ firstMs: 100 }),
  timeoutMs: 30_000,
  // An hour is enough for those who await a result; what failed is looked at within a week.
  keep: { doneMs: 3_600_000, errorMs: 7 * 86_400_000 },
})

/** Stands for the service that sends letters; it is busy when it is first asked. */
const postOffice = {
  calls: 0,
  async post(to: string, signal: AbortSignal): Promise<'posted' | 'busy' | 'unknown'> {
    signal.throwIfAborted()
    if (this.calls++ === 0) return 'busy'
    return to.endsWith('@example.org') ? 'posted' : 'unknown'
  },
}

await using kitchen = await openKitchen(process.argv[2] ?? 'memory:')

await using _worker = kitchen.work(
  letters,
  async ({ payload: { to, subject }, signal, log }) => {
    log(`posting '${subject}' to ${to}`)
    const answer = await postOffice.post(to, signal)
    if (answer === 'busy') return snooze({ inMs: 50 })
    if (answer === 'unknown') return fail(`nobody lives at ${to}`)
    return { postedAt: new Date().toISOString() }
  },
  { concurrency: 20 },
)

// A key makes sending safe to repeat: the second send answers the job of the first.
const welcome = await kitchen.send(letters, { to: 'ada@example.org' }, { key: 'welcome ada', keyScope: 'kept' })
const again = await kitchen.send(letters, { to: 'ada@example.org' }, { key: 'welcome ada', keyScope: 'kept' })
console.log(`sent once: ${welcome.isNew && !again.isNew && again.id === welcome.id}`)

// Three at once; and one for tomorrow, which is called off.
const more = await kitchen.sendMany(letters, [
  { to: 'bob@example.org', subject: 'Your order' },
  { to: 'eve@example.com' },
  { to: 'joe@example.org' },
])
const reminder = await kitchen.send(letters, { to: 'ada@example.org' }, { at: new Date(Date.now() + 86_400_000) })
console.log(`the reminder: ${await kitchen.cancel(reminder.id, 'she has answered')}`)

for (const job of [welcome, ...more]) {
  try {
    const result = await job.result({ timeoutMs: 10_000 })
    console.log(`letter: ${Object.keys(result as object).join()}`)
  } catch (error) {
    if (!(error instanceof JobFailedError)) throw error
    console.log(`letter: ${error.state}, ${error.message}`)
  }
}

// A mistake is found where it is made, not in the worker at night.
await kitchen.send(letters, { to: 'nobody' }).catch((error) => console.log(String(error)))

const story = await kitchen.job(welcome.id)
console.log(`the welcome's log: ${story?.log.length} lines, the last one '${story?.log.at(-1)?.text}'`)
