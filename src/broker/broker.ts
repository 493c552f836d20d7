import type { Control } from './control.js'
import type { JobStore } from './job-store.js'
import type { Records } from './records.js'
import type { Transactions } from './transactions.js'
import type { Wakeups } from './wakeups.js'

/** Where engines differ, the difference is data. */
export interface Capabilities {
  /** Another thread may open the same kitchen by its URL, so a heartbeat can run there. False: it runs on the main loop. */
  readonly opensInThreads: boolean
  /** All who write do so in turn, and a take may wait for its turn for longer than its work takes. False: they go side by side. */
  readonly writesInTurn: boolean
}

/** All that one engine does for one open kitchen. */
export interface Broker extends JobStore, Records, Wakeups, Transactions, Control {
  readonly capabilities: Capabilities
  /** Finishes what was begun and lets go. Safe twice; calls after it throw KitchenError `closed`. */
  close(): Promise<void>
}
