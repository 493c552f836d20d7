import type { Outcome, TakenJob } from '../../broker/job-store.js'
import { KitchenError, RuleError } from '../../core/errors.js'
import { parseJson } from '../../core/json.js'
import type { StopSignal } from '../../queue/stop-signal.js'
import type { Ran, Run } from '../../queue/worker.js'
import { hasRunEnded } from '../run-record.js'
import { HeldRun, keptRun } from './run-book.js'
import type { RunMeans } from './run-means.js'
import type { RunPayload } from './run-payload.js'
import { RunWork } from './run-work.js'
import { storeNowMs } from './store-now.js'

/** A run that another has, or whose kitchen fails, is looked at again after this long. */
const AGAIN_MS = 1_000

/** Which runs a process does, and for how long. */
export interface RunChoice {
  /** Whether it may do a run that nobody has begun; others it leaves to those who sent them. Any unless given. */
  readonly isOurs?: (run: string) => boolean
  /** Whether it does runs of a rule at all. Of any unless given. */
  readonly takes?: (rule: string) => boolean
  /** Cancels what it does. */
  readonly signal?: AbortSignal
}

/** Makes what a worker runs for each job of a run. */
export function runHandler(means: RunMeans, { isOurs = () => true, takes = () => true, signal }: RunChoice = {}): Run {
  return (job, stop, end) => {
    const startedMs = performance.now()
    const onAbort = (): void => stop.stop('cancelled', 'interrupted')
    signal?.addEventListener('abort', onAbort)
    if (signal?.aborted) onAbort()
    const over = (ran: Pick<Ran, 'outcome' | 'isDoneWithin'>): void =>
      end({ ...ran, report: { ranMs: Math.round(performance.now() - startedMs) } })
    doJob(means, { job, stop, isOurs, takes })
      .finally(() => signal?.removeEventListener('abort', onAbort))
      .then(over, (error) => over({ outcome: outcomeOf(error) }))
  }
}

/** A kitchen that fails is no failure of the run: what it has made stands, and it goes on from there. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof KitchenError) return { kind: 'snooze', inMs: AGAIN_MS }
  return { kind: 'error', error: error instanceof Error ? (error.stack ?? error.message) : String(error) }
}

/** Whoever sent a run to do it himself begins sooner than this, or is gone. */
export const OWN_MS = 30_000

interface TakenRun {
  readonly job: TakenJob
  readonly stop: StopSignal
  readonly isOurs: (run: string) => boolean
  readonly takes: (rule: string) => boolean
}

async function doJob(
  means: RunMeans,
  { job, stop, isOurs, takes }: TakenRun,
): Promise<Pick<Ran, 'outcome' | 'isDoneWithin'>> {
  const { rule, run, isAgain } = parseJson(job.payload) as unknown as RunPayload
  const isOthers = !isOurs(run) && job.attempt === 1 && (await storeNowMs(means.book)) - job.sentMs < OWN_MS
  if (isOthers || !takes(rule)) return { outcome: { kind: 'snooze', inMs: AGAIN_MS } }
  const kept = await keptRun(means.book, { rule, id: run })
  if (kept === undefined || hasRunEnded(kept.record)) return { outcome: { kind: 'done' } }
  const held = await HeldRun.claim(means.book, kept, `${job.lease.queue}/${job.lease.epoch}`)
  if (held === undefined) return { outcome: { kind: 'snooze', inMs: AGAIN_MS } }
  const work = new RunWork(means, { held, job, stop })
  means.onEvent({
    kind: 'began',
    record: held.record,
    isTakeover: kept.record.lease !== null && kept.record.retryMs === null,
  })
  const isOrphan = isAgain === true && job.attempt === 1 && held.record.state !== 'saving'
  const ended = isOrphan ? await work.failed(new RuleError('fault', ORPHAN)) : await work.do()
  // The settle was part of a commit of the run's own; the store answers the worker's with `lost`, and all is well.
  if (ended === 'settled') return { outcome: { kind: 'release' }, isDoneWithin: true }
  return { outcome: { kind: 'release' } }
}

const ORPHAN = 'its job ended without it: the process died with it three times, or somebody cancelled it'
