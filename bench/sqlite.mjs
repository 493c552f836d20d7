import { send } from './sqlite/send.mjs'
import { sendOne } from './sqlite/send-one.mjs'
import { together } from './sqlite/together.mjs'
import { work } from './sqlite/work.mjs'

/** The kitchen on SQLite beside bare loops on the same library, and a queue of the same kind. */
export const benchmarks = [send, sendOne, work, together]
