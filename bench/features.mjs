import { plain } from './features/plain.mjs'
import { idle, start } from './features/start.mjs'

/** What the features of queues cost, and how soon a job starts. */
export const benchmarks = [...plain, ...start, ...idle]

export { close } from './engines.mjs'
