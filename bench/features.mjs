import { plain } from './features/plain.mjs'
import { schedules } from './features/schedules.mjs'
import { idle, start } from './features/start.mjs'

/** What the features of queues cost, and how soon a job starts. */
export const benchmarks = [...plain, ...start, ...idle, ...schedules]

export { close } from './engines.mjs'
