import { checkFunction } from '../broker/arguments.js'
import type { Json } from '../core/json.js'
import { checkObject } from '../core/members.js'
import type { BatchHandler } from './batch-run.js'
import { checkDefinition, type QueueDefinition } from './definition.js'
import type { Handler } from './job.js'
import type { Queue, QueueWorker } from './queue.js'
import type { BatchOptions, WorkOptions } from './work-options.js'

/** So that a worker is known also where two copies of this package are loaded. */
const MARK: unique symbol = Symbol.for('hob.worker')

/**
 * A worker as a value: a queue's definition with the handler that does its jobs, not started yet. `hob work FILE.ts` starts all
 * that a module exports.
 */
export interface WorkerDefinition {
  readonly [MARK]: true
  /** The queue's name. */
  readonly queue: string
  /** Jobs, or batches, that it runs at once, unless whoever starts it says otherwise. */
  readonly concurrency: number
  /** Starts it in a kitchen; what `options` says goes before its own. @throws ArgumentError when an option is out of bounds. */
  readonly start: (kitchen: QueueHolder, options?: WorkOptions) => QueueWorker
}

/** What has queues: a kitchen. */
export interface QueueHolder {
  queue<Input, Payload>(definition: QueueDefinition<Input, Payload>): Queue<Input, Payload>
}

/**
 * Binds a handler to a queue, to be started later. Opens and starts nothing; options are checked at the start.
 *
 * @throws ArgumentError when the handler is no function, or the queue no definition.
 */
export const defineWorker = <Input = Json, Payload = unknown>(
  queue: QueueDefinition<Input, Payload>,
  handler: Handler<NoInfer<Payload>>,
  options: WorkOptions = {},
): WorkerDefinition => {
  checkWorker(queue, handler, options)
  return Object.freeze({
    [MARK]: true as const,
    queue: queue.name,
    concurrency: options.concurrency ?? 10,
    start: (kitchen: QueueHolder, more: WorkOptions = {}) =>
      kitchen.queue(queue).work(handler, { ...options, ...more }),
  })
}

/** The same for a handler of batches. */
export const defineBatchWorker = <Input = Json, Payload = unknown>(
  queue: QueueDefinition<Input, Payload>,
  handler: BatchHandler<NoInfer<Payload>>,
  options: BatchOptions = {},
): WorkerDefinition => {
  checkWorker(queue, handler, options)
  return Object.freeze({
    [MARK]: true as const,
    queue: queue.name,
    concurrency: options.concurrency ?? 1,
    start: (kitchen: QueueHolder, more: WorkOptions = {}) =>
      kitchen.queue(queue).workBatches(handler, { ...options, ...more }),
  })
}

function checkWorker(queue: unknown, handler: unknown, options: unknown): void {
  checkDefinition(queue)
  checkFunction('the handler of a worker', handler)
  checkObject('the options of a worker', options)
}

/** Whether something that a module exports is a worker. */
export const isWorkerDefinition = (value: unknown): value is WorkerDefinition =>
  typeof value === 'object' && value !== null && MARK in value
