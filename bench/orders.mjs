import { deliver } from './orders/deliver.mjs'
import { heavyWaiter } from './orders/heavy-waiter.mjs'
import { load } from './orders/load.mjs'
import { start } from './orders/start.mjs'
import { status } from './orders/status.mjs'

/** The command farm beside programs that people use for the same. */
export const benchmarks = [deliver, heavyWaiter, load, status, start]
