import { throughput } from './queue/throughput.mjs'

/** The same kitchen on Redis and PostgreSQL, beside the queues that people use on them. */
export const benchmarks = [...throughput]
