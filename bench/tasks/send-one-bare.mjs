import { makeSchema, openBare, prepareInsert } from '../bare-queue.mjs'
import { payloadOf, report, startClock, task } from './task.mjs'

const database = openBare(`${task.folder}/bare.db`)
makeSchema(database)
const insert = prepareInsert(database)
const clock = startClock()
for (let number = 0; number < task.count; number++) insert.run(Date.now(), JSON.stringify(payloadOf(number)))
report(clock(task.count))
database.close()
