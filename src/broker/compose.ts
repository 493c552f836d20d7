import type { Broker, Capabilities } from './broker.js'
import { checked } from './checked.js'
import type { Control } from './control.js'
import type { JobStore } from './job-store.js'
import type { Records } from './records.js'
import type { Wakeups } from './wakeups.js'

/** What an engine is made of: one part for each port. */
export interface BrokerParts {
  readonly capabilities: Capabilities
  readonly jobStore: JobStore
  readonly records: Records
  readonly wakeups: Wakeups
  readonly control: Control
  /** Called once. */
  close(): Promise<void>
}

/** Makes one broker of an engine's parts, its arguments checked. */
export function composeBroker({ capabilities, jobStore, records, wakeups, control, close }: BrokerParts): Broker {
  return checked({
    capabilities,
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
    close,
  })
}
