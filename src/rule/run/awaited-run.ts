import { setTimeout as sleep } from 'node:timers/promises'
import { RuleError } from '../../core/errors.js'
import type { KitchenParts } from '../../queue/kitchen-parts.js'
import { nodeName } from '../../queue/node.js'
import { type Patience, type PatienceMs, withPatience } from '../../queue/patience.js'
import { Queue } from '../../queue/queue.js'
import { hasRunEnded } from '../run-record.js'
import { keptRun } from './run-book.js'
import type { RunEvent } from './run-events.js'
import { runHandler } from './run-job.js'
import type { RunMeans } from './run-means.js'
import { NOW_QUEUE } from './run-payload.js'
import { runQueueWorker } from './run-queue.js'
import type { RunRequest } from './run-request.js'
import { taskHandler, tasksQueue } from './task-job.js'

const LEASE_MS = 15_000

/** So long a person waits for a kitchen that fails. */
const PATIENCE_MS = 60_000

/** How often is looked whether a run that this process does has ended elsewhere, which is only after this one stood still. */
const LOOK_MS = 2_000

/** How a run ended, or that the writing of its result is tried again. */
export type LastEvent = Extract<RunEvent, { kind: 'done' | 'retry' | 'failed' }>

/** A run that this process does, and waits for. */
export interface AwaitedRun {
  readonly rule: string
  readonly run: string
  /** Whether this process has begun it; else it goes on with what another left. */
  readonly isOurs: boolean
  /** Where its record is, and its job. */
  readonly book: KitchenParts
  readonly means: Omit<RunMeans, 'onEvent'>
  readonly request: Pick<RunRequest, 'onProgress' | 'onFault' | 'patienceMs' | 'signal'>
}

/**
 * Does a run, with all its tasks.
 *
 * @throws RuleError when another process has ended it. KitchenError when the kitchen fails for longer than `patienceMs`.
 */
export async function doAwaited({ rule, run, isOurs, book, means, request }: AwaitedRun): Promise<LastEvent> {
  const { signal, patienceMs: ms = PATIENCE_MS } = request
  const patienceMs: PatienceMs = { unreachable: ms, busy: ms, full: ms }
  const onFault = (error: unknown): void => request.onFault?.(error)
  let end: (event: LastEvent) => void = () => {}
  const ended = new Promise<LastEvent>((resolve) => {
    end = resolve
  })
  const leases = new Set<string | null>()
  const onEvent = (event: RunEvent): void => {
    if (event.kind === 'began') leases.add(event.record.lease)
    if (event.kind === 'progress') request.onProgress?.(event.progress)
    if (isLast(event) && event.record.id === run) end(event)
  }
  const working: RunMeans = { ...means, onEvent }
  const tasks = new Queue(tasksQueue, means.tasks).work(taskHandler(working), { concurrency: means.threads.size })
  const runs = runQueueWorker(book, {
    queue: NOW_QUEUE,
    run: runHandler(working, {
      isOurs: (id) => isOurs && id === run,
      takes: (id) => id === rule,
      ...(signal !== undefined && { signal }),
    }),
    concurrency: 1,
    leaseMs: LEASE_MS,
    name: nodeName(),
    onFault,
    patienceMs,
  })
  runs.start()
  const looks = new AbortController()
  let isOver = false
  try {
    const patience: Patience = { patienceMs, onFault, onAnswer: () => {}, signal: looks.signal }
    const elsewhere = endElsewhere({ rule, run, book }, leases, patience)
    const last = await Promise.race([ended, runs.finished.then(() => ended), elsewhere])
    isOver = true
    return last
  } finally {
    looks.abort()
    await runs.stop(isOver ? {} : { deadlineMs: 0 }).finally(() => tasks.stop({ deadlineMs: 0 }))
  }
}

/**
 * A process that was stopped for a while may find that another has ended its run; or that the kitchen is gone, which its tasks wait for.
 *
 * @param own Leases under which this process had it.
 * @throws RuleError, or KitchenError, then; nothing before.
 */
async function endElsewhere(
  { rule, run, book }: Pick<AwaitedRun, 'rule' | 'run' | 'book'>,
  own: ReadonlySet<string | null>,
  patience: Patience,
): Promise<never> {
  const { signal } = patience
  for (;;) {
    await sleep(LOOK_MS, undefined, { signal, ref: false })
    const kept = await withPatience(() => keptRun(book.broker, { rule, id: run }), patience)
    // Its own end is told in a moment.
    if (kept === undefined || !hasRunEnded(kept.record) || own.has(kept.record.lease)) continue
    throw new RuleError('fault', `another process went on with run ${run}: it is ${kept.record.state}`, {
      hint: 'hob rule history shows it.',
    })
  }
}

const isLast = (event: RunEvent): event is LastEvent =>
  event.kind === 'done' || event.kind === 'retry' || event.kind === 'failed'
