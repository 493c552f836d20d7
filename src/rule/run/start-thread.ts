import { setTimeout as sleep } from 'node:timers/promises'
import { Worker as Thread } from 'node:worker_threads'
import { GAUGE, LOADING, type ThreadData, type ThreadReady, type ThreadWatch } from './thread-task.js'

/** A thread for tasks, which knows no rule yet. */
export interface StartedThread {
  readonly thread: Thread
  readonly gauges: Float64Array
  /** By `LOADING`: whether DuckDB is being loaded. */
  readonly loading: Int32Array
}

/** What functions of users may hold in a thread, where the memory of all is less: rules with large tables of their own are no mistake. */
const HEAP_MB_MIN = 1_024

/** DuckDB is loaded in a tenth of a second; on a machine that stands still nearly, the process ends without waiting longer. */
const LOADED_MS_MAX = 5_000

/** How often is looked whether it is. */
const LOADED_LOOK_MS = 5

/** What a thread may hold, in MiB. @param memoryBytes What all of them may. */
export const heapMbOf = (memoryBytes: number): number => Math.max(HEAP_MB_MIN, Math.floor(memoryBytes / 1024 / 1024))

/** For fewer bytes of input, another thread is not ready before they are read. */
const BYTES_A_THREAD = 32 * 1024 * 1024

/** How many threads an input is for. */
export const threadsFor = (inputBytes: number): number => Math.ceil(inputBytes / BYTES_A_THREAD)

/** Those that may be loading DuckDB. */
const spares = new Set<Int32Array>()

/**
 * Starts a thread, whose output somebody must read.
 *
 * @param readies What it loads while it has no task; it does not hold the process then.
 */
export function startThread(heapMb: number, readies: ThreadReady = 'nothing'): StartedThread {
  const gauges = new Float64Array(new SharedArrayBuffer(8 * Object.keys(GAUGE).length))
  const loading = new Int32Array(new SharedArrayBuffer(4))
  const workerData: ThreadData = { gauges, loading, readies }
  // Of the bundle, which is loaded in a fifth of the time; it is all that the thread has of this package.
  const thread = new Thread(new URL('../../bin/rule-thread.cjs', import.meta.url), {
    workerData,
    // A script on the command line (`node -e`) is not for threads, and nothing else that Node was told either.
    execArgv: [],
    resourceLimits: { maxOldGenerationSizeMb: heapMb },
    stdout: true,
  })
  // A module may throw behind its own back while it has nothing to do; without a listener that would be an error of this thread.
  thread.on('error', () => {})
  if (readies !== 'nothing') keepLoading(thread, loading)
  return { thread, gauges, loading }
}

/** The process would take the thread with it while DuckDB is being loaded, and end with `Napi::Error` (seen with 1.5). */
function keepLoading(thread: Thread, loading: Int32Array): void {
  thread.unref()
  if (spares.size === 0) process.once('exit', endLoading)
  spares.add(loading)
  thread.once('exit', () => {
    Atomics.store(loading, 0, LOADING.done)
    spares.delete(loading)
    if (spares.size === 0) process.off('exit', endLoading)
  })
}

function endLoading(): void {
  for (const loading of spares) mayEnd(loading)
}

let spare: (StartedThread & { readonly heapMb: number }) | null = null

/**
 * Starts a thread before it is known what for: it loads the library and DuckDB while this one finds out, which together takes longer
 * than to run a rule over a few lines. The first `takeSpareThread` gets it. Once in the life of a process.
 *
 * @param readies Without DuckDB, where other threads will have it in time.
 */
export function startSpareThread(memoryBytes: number, readies: ThreadReady = 'duckdb'): void {
  const heapMb = heapMbOf(memoryBytes)
  const started = startThread(heapMb, readies)
  spare = { ...started, heapMb }
  started.thread.once('exit', () => {
    if (spare?.thread === started.thread) spare = null
  })
}

/** The spare thread, if there is one that may hold so much. */
export function takeSpareThread(heapMb: number): StartedThread | null {
  if (spare?.heapMb !== heapMb) return null
  const taken = spare
  spare = null
  return taken
}

/**
 * Has the spare thread watch over what runs in the main one: a thread for that alone would take the processor time of starting it, while
 * both have much to load.
 *
 * @returns False when there is no spare thread.
 */
export function watchBySpareThread(watch: ThreadWatch): boolean {
  spare?.thread.postMessage(watch)
  return spare !== null
}

/** Whether DuckDB is being loaded: to end the thread then would end the process. */
export const isLoading = ({ loading }: Pick<StartedThread, 'loading'>): boolean =>
  Atomics.load(loading, 0) === LOADING.begun

/** Whether it has loaded DuckDB. */
export const hasLoaded = ({ loading }: Pick<StartedThread, 'loading'>): boolean =>
  Atomics.load(loading, 0) === LOADING.done

/** Ends a thread that has no task, or whose task did not end; not while it gets DuckDB ready. */
export async function endThread({ thread, loading }: Pick<StartedThread, 'thread' | 'loading'>): Promise<void> {
  Atomics.compareExchange(loading, 0, LOADING.not, LOADING.never)
  while (isLoading({ loading })) await sleep(LOADED_LOOK_MS)
  await thread.terminate()
}

/** Keeps DuckDB from being loaded, or waits until it is: blocks this thread. */
function mayEnd(loading: Int32Array): void {
  if (Atomics.compareExchange(loading, 0, LOADING.not, LOADING.never) !== LOADING.begun) return
  Atomics.wait(loading, 0, LOADING.begun, LOADED_MS_MAX)
}
