import { ArgumentError } from '../core/errors.js'
import type { Broker, Capabilities } from './broker.js'
import { checked } from './checked.js'
import type { Control } from './control.js'
import type { JobStore } from './job-store.js'
import type { Records } from './records.js'
import type { Transactions } from './transactions.js'
import type { Wakeups } from './wakeups.js'

/** What an engine is made of: one part for each port. */
export interface BrokerParts {
  readonly capabilities: Capabilities
  readonly jobStore: JobStore
  readonly records: Records
  readonly wakeups: Wakeups
  readonly control: Control
  /** Absent: the engine has no transactions that a caller could hold open. */
  readonly transactions?: Transactions
  /** Called once. */
  close(): Promise<void>
}

const NO_TRANSACTIONS: Transactions = {
  async commitWithin() {
    throw new ArgumentError('this kitchen joins no transactions', {
      hint: 'A kitchen in an SQL database does; here, leave out `transaction`.',
    })
  },
}

/** Makes one broker of an engine's parts, its arguments checked. */
export function composeBroker(parts: BrokerParts): Broker {
  const { capabilities, jobStore, records, wakeups, control, transactions = NO_TRANSACTIONS, close } = parts
  return checked({
    capabilities,
    commit: (steps) => jobStore.commit(steps),
    take: (take) => jobStore.take(take),
    extend: (leases, leaseMs) => jobStore.extend(leases, leaseMs),
    sweep: (sweep) => jobStore.sweep(sweep),
    record: (key) => records.record(key),
    records: (prefix, page) => records.records(prefix, page),
    wait: (queue, wait) => wakeups.wait(queue, wait),
    watch: (topic, onChange) => wakeups.watch(topic, onChange),
    commitWithin: (transaction, steps) => transactions.commitWithin(transaction, steps),
    describe: () => control.describe(),
    diagnose: (examination) => control.diagnose(examination),
    queues: () => control.queues(),
    leases: (queue) => control.leases(queue),
    oldestReady: (queues) => control.oldestReady(queues),
    jobs: (query) => control.jobs(query),
    job: (id) => control.job(id),
    change: (ids, change) => control.change(ids, change),
    pause: (pause) => control.pause(pause),
    reset: (reset) => control.reset(reset),
    clean: (clean) => control.clean(clean),
    close,
  })
}
