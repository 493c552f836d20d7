import { insertAll, makeSchema, openBare, workAll } from '../bare-queue.mjs'
import { payloads, rateSince, report, task } from './task.mjs'

const file = `${task.folder}/bare.db`
const filled = openBare(file)
makeSchema(filled)
insertAll(
  filled,
  payloads(0, task.count).map((payload) => JSON.stringify(payload)),
  { perTransaction: 1_000 },
)
filled.close()

const database = openBare(file)
const startedMs = performance.now()
const count = workAll(database)
report({ rate: rateSince(startedMs, count) })
database.close()
