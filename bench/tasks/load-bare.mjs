// Inserts the rows that `hob load` reads, their payloads ready-made in memory before the clock starts.
import { insertAll, makeSchema, openBare } from '../bare-queue.mjs'
import { orderColumns } from '../order-file.mjs'
import { report, startClock, task } from './task.mjs'

const payloads = Array.from({ length: task.count }, (_, number) => JSON.stringify(orderColumns(number)))
const database = openBare(`${task.folder}/bare.db`)
makeSchema(database)
const clock = startClock()
insertAll(database, payloads, { perTransaction: task.perTransaction })
report(clock(task.count))
database.close()
