import { setTimeout as after, setImmediate as turn } from 'node:timers/promises'
import { Worker as Thread } from 'node:worker_threads'
import { RuleError } from '../core/errors.js'
import { watchBySpareThread } from '../rule/run/start-thread.js'

/** A module that takes longer to load never ends. */
const LOADING_MS_MAX = 30_000

/** The thread that watches leaves it to this one so long, should that not spin. */
const LEAVE_MS = 250

/**
 * In another thread, for a loop that never ends lets no timer of this one fire: it ends what runs here, and then the timer fires. A spare thread
 * of rules does the same.
 */
const WATCH = `
const { Session } = require('node:inspector')
const { workerData: { over, mostMs } } = require('node:worker_threads')
setTimeout(() => {
  if (Atomics.load(over, 0) === 1) return
  const session = new Session()
  session.connectToMainThread()
  session.post('Runtime.terminateExecution', () => session.disconnect())
}, mostMs)
`

/**
 * Loads a module in this thread, for so long at most: also one whose code spins as it is loaded.
 *
 * @param file As messages call it.
 * @throws RuleError `rule` when it takes longer; what `load` throws.
 */
export const loadWithin = <Module>(
  file: string,
  load: () => Promise<Module>,
  mostMs: number = LOADING_MS_MAX,
): Promise<Module> => within(`${file}: its loading`, load, mostMs)

/**
 * The same for any code of the user's.
 *
 * @param what That which is told not to have ended.
 */
export async function within<T>(what: string, run: () => Promise<T>, mostMs: number): Promise<T> {
  const over = new Int32Array(new SharedArrayBuffer(4))
  const watch = { over, mostMs: mostMs + LEAVE_MS }
  const thread = watchBySpareThread(watch) ? null : new Thread(WATCH, { eval: true, execArgv: [], workerData: watch })
  thread?.unref()
  thread?.on('error', () => {})
  const done = new AbortController()
  const late = after(mostMs, undefined, { signal: done.signal, ref: false }).then(() => {
    Atomics.store(over, 0, 1)
    throw new RuleError('rule', `${what} did not end within ${mostMs / 1_000}s`, {
      hint: 'What does its code wait for, or go round in?',
    })
  })
  try {
    // On a stack of its own: what is ended takes all with it that waits for it to return.
    return await Promise.race([turn().then(run), late])
  } finally {
    Atomics.store(over, 0, 1)
    done.abort()
    late.catch(() => {})
    void thread?.terminate()
  }
}
