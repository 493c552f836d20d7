import type { Clock } from '../../core/clock.js'
import type { Broker } from '../broker.js'
import { checked } from '../checked.js'
import { MemoryControl } from './control.js'
import { MemoryJobStore } from './job-store.js'
import { MemoryRecords } from './records.js'
import { MemoryStore } from './store.js'
import { MemoryWakeups } from './wakeups.js'

/** How to open a kitchen in memory. */
export interface MemoryOptions {
  readonly clock: Clock
  /** A store to open again; absent: a new, empty one. Brokers that share a store are one kitchen. */
  readonly store?: MemoryStore
}

/** Opens a kitchen that lives in this process: for tests, and as the plainest statement of what an engine does. */
export function openMemory({ clock, store = new MemoryStore() }: MemoryOptions): Broker {
  const jobStore = new MemoryJobStore(store, clock)
  const records = new MemoryRecords(store, clock)
  const wakeups = new MemoryWakeups(store, clock)
  const control = new MemoryControl(store, clock)
  return checked({
    capabilities: { opensInThreads: false },
    commit: (steps) => jobStore.commit(steps),
    take: (take) => jobStore.take(take),
    extend: (leases, leaseMs) => jobStore.extend(leases, leaseMs),
    sweep: (sweep) => jobStore.sweep(sweep),
    record: (key) => records.record(key),
    records: (prefix, page) => records.records(prefix, page),
    wait: (queue, wait) => wakeups.wait(queue, wait),
    describe: () => control.describe(),
    queues: () => control.queues(),
    leases: (queue) => control.leases(queue),
    jobs: (query) => control.jobs(query),
    job: (id) => control.job(id),
    reset: (reset) => control.reset(reset),
    clean: (clean) => control.clean(clean),
    close: async () => wakeups.close(),
  })
}
