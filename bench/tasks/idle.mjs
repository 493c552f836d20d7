// A worker of an empty queue, its threads included, once it has come to rest.
import { setTimeout as sleep } from 'node:timers/promises'
import { openLibrary } from './library.mjs'
import { report, task } from './task.mjs'

const REST_MS = 2_000

const library = await openLibrary()
const worker = await library.work(() => {})
await sleep(REST_MS)
const before = process.cpuUsage()
await sleep(task.count * 1_000)
const { user, system } = process.cpuUsage(before)
report({ percent: ((user + system) / (task.count * 1e6)) * 100 })
await worker.stop()
await library.close()
