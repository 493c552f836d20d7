import { makeSchema, openBare, prepareInsert } from '../bare-queue.mjs'
import { payloadOf, rateSince, report, task } from './task.mjs'

const database = openBare(`${task.folder}/bare.db`)
makeSchema(database)
const insert = prepareInsert(database)
const startedMs = performance.now()
for (let number = 0; number < task.count; number++) insert.run(Date.now(), JSON.stringify(payloadOf(number)))
report({ rate: rateSince(startedMs, task.count) })
database.close()
