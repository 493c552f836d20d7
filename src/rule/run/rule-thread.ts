import { parentPort, workerData } from 'node:worker_threads'
import type { RuleErrorCode } from '../../core/errors.js'
import { ownLibrary } from '../load-module.js'
import { ThreadDucks } from './thread-ducks.js'
import { faultOf } from './thread-fault.js'
import {
  LOADING,
  type ThreadData,
  type ThreadJob,
  type ThreadReply,
  type ThreadTask,
  type ThreadWatch,
} from './thread-task.js'
import { ThreadWork } from './thread-work.js'
import { UserWatch } from './user-watch.js'

/** What an error counts as that does not say itself: most of what runs in these tasks is the user's. */
const OTHERWISE: Readonly<Partial<Record<ThreadTask['kind'], RuleErrorCode>>> = {
  facts: 'rule',
  call: 'function',
  map: 'function',
  reduce: 'function',
  save: 'warehouse',
}

/** One statement of DuckDB is ended at a time, and others follow. */
const INTERRUPT_MS = 50

const data = workerData as ThreadData
const ducks = new ThreadDucks(data)
const work = new ThreadWork(ducks, new UserWatch(data.gauges))
let abort = new AbortController()

parentPort?.on('message', async (message: ThreadJob | ThreadWatch | 'abort') => {
  if (message === 'abort') return abort.abort()
  if ('over' in message) return watchMain(message)
  abort = new AbortController()
  parentPort?.postMessage(await reply(message, abort.signal))
})

void makeReady(data)

/** A loop that never ends lets no timer fire in its own thread. */
function watchMain({ over, mostMs }: ThreadWatch): void {
  setTimeout(async () => {
    if (Atomics.load(over, 0) === 1) return
    const { Session } = await import('node:inspector')
    const session = new Session()
    session.connectToMainThread()
    session.post('Runtime.terminateExecution', () => session.disconnect())
  }, mostMs).unref()
}

/** Loads what every run needs: what fails here fails again in a task, which tells why. */
async function makeReady({ readies, loading }: ThreadData): Promise<void> {
  try {
    if (readies !== 'nothing') await ownLibrary()
    if (readies === 'duckdb') await openDuck(loading)
  } catch {
    // A task tells it.
  }
}

async function openDuck(loading: Int32Array): Promise<void> {
  if (Atomics.compareExchange(loading, 0, LOADING.not, LOADING.begun) !== LOADING.not) return
  try {
    await ducks.makeReady()
  } finally {
    Atomics.store(loading, 0, LOADING.done)
    Atomics.notify(loading, 0)
  }
}

async function reply({ order, room }: ThreadJob, signal: AbortSignal): Promise<ThreadReply> {
  let interrupting: NodeJS.Timeout | undefined
  signal.addEventListener('abort', () => {
    ducks.interrupt()
    interrupting = setInterval(() => ducks.interrupt(), INTERRUPT_MS)
  })
  try {
    return { ok: true, value: await work.do(order, { room, signal }) }
  } catch (error) {
    return { ok: false, fault: faultOf(error, OTHERWISE[order.task.kind]) }
  } finally {
    clearInterval(interrupting)
  }
}
