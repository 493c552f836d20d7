import type { Clock } from '../../core/clock.js'
import type { Broker } from '../broker.js'
import { composeBroker } from '../compose.js'
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
  const wakeups = new MemoryWakeups(store, clock)
  return composeBroker({
    capabilities: { opensInThreads: false, writesInTurn: false },
    jobStore: new MemoryJobStore(store, clock),
    records: new MemoryRecords(store, clock),
    wakeups,
    control: new MemoryControl(store, clock),
    close: async () => wakeups.close(),
  })
}
