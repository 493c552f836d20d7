import { insertAll, makeSchema, openBare, workAll } from '../bare-queue.mjs'
import { payloads, report, startClock, task } from './task.mjs'

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
const clock = startClock()
const count = workAll(database)
report(clock(count))
database.close()
