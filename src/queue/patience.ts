import { KitchenError, type KitchenErrorCode } from '../core/errors.js'

/** Faults that pass by themselves; anything else fails at once. */
type PassingFault = Extract<KitchenErrorCode, 'unreachable' | 'busy' | 'full'>

const PASSING: readonly string[] = ['unreachable', 'busy', 'full'] satisfies PassingFault[]

/** Whether the store may do the same call a moment later. */
export const mayPass = (error: unknown): boolean => error instanceof KitchenError && PASSING.includes(error.code)

/** How long a call that fails is tried again, in milliseconds; Infinity for a worker that shall never give up. */
export type PatienceMs = Readonly<Record<PassingFault, number>>

/** Of whatever goes on until it is told to stop. */
export const FOR_EVER: PatienceMs = {
  unreachable: Number.POSITIVE_INFINITY,
  busy: Number.POSITIVE_INFINITY,
  full: Number.POSITIVE_INFINITY,
}

/** How a failed call is tried again before it counts as a fault of the store. */
export interface Patience {
  readonly patienceMs: PatienceMs
  /** Told of each failed try. */
  readonly onFault: (error: unknown) => void
  /** Told when the store has done what was asked. */
  readonly onAnswer: () => void
  /** Once it aborts, no more tries are made. */
  readonly signal: AbortSignal
}

/** Within five seconds of a server's return its workers shall be back: this, and the time that a connection takes. */
const PAUSE_MS_MAX = 2_000

/**
 * Tries a call of the store again while its fault may pass: after 100 ms, 200 ms … 2 s.
 *
 * @throws What the last try threw.
 */
export async function withPatience<T>(call: () => Promise<T>, patience: Patience): Promise<T> {
  const { patienceMs, onFault, onAnswer, signal } = patience
  const startedMs = performance.now()
  for (let tried = 1; ; tried++) {
    try {
      const answer = await call()
      onAnswer()
      return answer
    } catch (error) {
      onFault(error)
      if (signal.aborted || performance.now() - startedMs >= patienceFor(error, patienceMs)) throw error
      await rest(Math.min(PAUSE_MS_MAX, 50 * 2 ** tried), signal)
    }
  }
}

/** 0 for what does not pass. */
function patienceFor(error: unknown, patienceMs: Readonly<Partial<Record<KitchenErrorCode, number>>>): number {
  return error instanceof KitchenError ? (patienceMs[error.code] ?? 0) : 0
}

/** A rest that ends at once when the signal aborts. */
export function rest(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = () => {
      clearTimeout(timer)
      signal.removeEventListener('abort', end)
      resolve()
    }
    const timer = setTimeout(end, ms)
    signal.addEventListener('abort', end)
    if (signal.aborted) end()
  })
}
