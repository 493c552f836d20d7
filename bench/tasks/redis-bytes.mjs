// What Redis holds more of for each job that waits.
import Redis from 'ioredis'
import { openLibrary } from './library.mjs'
import { payloads, report, task } from './task.mjs'

const redis = new Redis(task.url)
const usedBytes = async () => Number(/used_memory:(\d+)/.exec(await redis.info('memory'))[1])

const library = await openLibrary()
// Keys and scripts that are there once, whatever the number of jobs.
await library.sendMany(payloads(0, 1_000))
const beforeBytes = await usedBytes()
for (let from = 0; from < task.count; from += 1_000) await library.sendMany(payloads(from, 1_000))
report({ bytes: ((await usedBytes()) - beforeBytes) / task.count })
await library.close()
redis.disconnect()
