import { setTimeout as after } from 'node:timers/promises'
import { Worker as Thread } from 'node:worker_threads'
import { RuleError } from '../core/errors.js'

/** A module that takes longer to load never ends. */
const LOADING_MS_MAX = 30_000

/** The thread that watches leaves it to this one so long, should that not spin. */
const LEAVE_MS = 250

/** In another thread, for a loop that never ends lets no timer of this one fire: it ends what runs here, and then the timer fires. */
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
export async function loadWithin<Module>(
  file: string,
  load: () => Promise<Module>,
  mostMs: number = LOADING_MS_MAX,
): Promise<Module> {
  const over = new Int32Array(new SharedArrayBuffer(4))
  const watch = new Thread(WATCH, { eval: true, execArgv: [], workerData: { over, mostMs: mostMs + LEAVE_MS } })
  watch.unref()
  watch.on('error', () => {})
  const done = new AbortController()
  const late = after(mostMs, undefined, { signal: done.signal, ref: false }).then(() => {
    Atomics.store(over, 0, 1)
    throw new RuleError('rule', `${file}: its loading did not end within ${mostMs / 1_000}s`, {
      hint: 'Its code runs as it is loaded: what does it wait for, or go round in?',
    })
  })
  try {
    return await Promise.race([load(), late])
  } finally {
    Atomics.store(over, 0, 1)
    done.abort()
    late.catch(() => {})
    void watch.terminate()
  }
}
