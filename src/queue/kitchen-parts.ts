import type { Broker } from '../broker/broker.js'
import type { Clock } from '../core/clock.js'
import { Cancellations } from './cancellations.js'
import { Heartbeat } from './heartbeat.js'
import type { Metrics } from './metrics.js'
import { NoteBook } from './notes.js'
import { RecordWatch } from './record-watch.js'
import { Results } from './results.js'
import { SharedScheduler } from './shared-scheduler.js'
import { StoreClock } from './store-clock.js'
import type { Worker } from './worker.js'

/** What all queues of an open kitchen share in this process. Each part rests until somebody needs it. */
export interface KitchenParts {
  readonly broker: Broker
  /** How people know the kitchen, without secrets. */
  readonly label: string
  /** Keeps the leases of all workers. */
  readonly heartbeat: Heartbeat
  readonly cancellations: Cancellations
  /** The policies of queues, as the kitchen's records say. */
  readonly policies: RecordWatch
  readonly results: Results
  readonly notes: NoteBook
  readonly clock: StoreClock
  readonly scheduler: SharedScheduler
  /** What is counted; null until somebody asks for it. */
  metrics: Metrics | null
  /** Those at work, until they have stopped. */
  readonly workers: Set<QueueAtWork>
}

/** A worker that this process runs, and its queue. */
export interface QueueAtWork {
  readonly queue: string
  readonly worker: Pick<Worker, 'isReady'>
}

/**
 * Makes the parts; starts nothing.
 *
 * @param threadUrl Where the heartbeat's thread opens the kitchen again; null: it shares the event loop with the work.
 * @param clock What schedules, and sends at a moment, go by between two looks at the store's clock; this process's unless given.
 */
export const kitchenParts = (broker: Broker, label: string, threadUrl: string | null, clock?: Clock): KitchenParts => ({
  broker,
  label,
  heartbeat: new Heartbeat(broker, threadUrl),
  cancellations: new Cancellations(broker),
  policies: new RecordWatch(broker, 'queue'),
  results: new Results(broker),
  notes: new NoteBook(broker),
  clock: new StoreClock(broker, clock && { clock }),
  scheduler: new SharedScheduler(broker, clock),
  metrics: null,
  workers: new Set(),
})
