import type { JobId } from '../job-store.js'
import type { KeptRecord } from '../records.js'
import { Bell } from './bell.js'
import type { Job } from './job.js'
import { Queue } from './queue.js'

/** A record as the memory engine keeps it. */
export interface StoredRecord extends KeptRecord {
  /** When it is gone by itself; Infinity: it stays. */
  readonly untilMs: number
}

/** What a memory kitchen holds: apart from the broker, so that it can be closed and opened again like a file. */
export class MemoryStore {
  /** In the order of their ids, since ids only rise. */
  readonly jobs: Map<JobId, Job> = new Map()
  readonly queues: Map<string, Queue> = new Map()
  readonly records: Map<string, StoredRecord> = new Map()
  readonly bell: Bell = new Bell()
  /** Rung for the topic of each record that is changed. */
  readonly recordBell: Bell = new Bell()
  #lastNumber = 0
  #lastEpoch = 0
  #lastVersion = 0

  nextNumber(): number {
    this.#lastNumber += 1
    return this.#lastNumber
  }

  nextEpoch(): number {
    this.#lastEpoch += 1
    return this.#lastEpoch
  }

  nextVersion(): number {
    this.#lastVersion += 1
    return this.#lastVersion
  }

  /** The queue of that name, made when it gets its first job. */
  queueFor(name: string): Queue {
    const queue = this.queues.get(name) ?? new Queue(name)
    this.queues.set(name, queue)
    return queue
  }
}
