// Inserts the rows that `hob load` reads, their payloads ready-made in memory before the clock starts.
import { insertAll, makeSchema, openBare } from '../bare-queue.mjs'
import { orderColumns } from '../order-file.mjs'
import { rateSince, report, task } from './task.mjs'

const payloads = Array.from({ length: task.count }, (_, number) => JSON.stringify(orderColumns(number)))
const database = openBare(`${task.folder}/bare.db`)
makeSchema(database)
const startedMs = performance.now()
insertAll(database, payloads, { perTransaction: task.perTransaction })
report({ rate: rateSince(startedMs, task.count) })
database.close()
