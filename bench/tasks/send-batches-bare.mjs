import { makeSchema, openBare, prepareInsert } from '../bare-queue.mjs'
import { payloadOf, report, startClock, task } from './task.mjs'

const database = openBare(`${task.folder}/bare.db`)
makeSchema(database)
const insert = prepareInsert(database)
const send = database.transaction((payloads) => {
  const nowMs = Date.now()
  for (const payload of payloads) insert.run(nowMs, JSON.stringify(payload))
})
const clock = startClock()
for (let from = 0; from < task.count; from += task.perTransaction) {
  send.immediate(Array.from({ length: task.perTransaction }, (_, index) => payloadOf(from + index)))
}
report(clock(task.count))
database.close()
