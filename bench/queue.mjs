import { growth } from './queue/growth.mjs'
import { latency } from './queue/latency.mjs'
import { memory } from './queue/memory.mjs'
import { snapshot } from './queue/snapshot.mjs'
import { throughput } from './queue/throughput.mjs'
import { twoWorkers } from './queue/two-workers.mjs'

/** The same kitchen on Redis and PostgreSQL, beside the queues that people use on them. */
export const benchmarks = [...throughput, ...latency, ...twoWorkers, ...memory, ...growth, snapshot]

export { close } from './engines.mjs'
