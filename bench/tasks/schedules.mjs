// Many schedules, spread over a minute, ticked by one process: how late each tick was, on the store's clock, once durable.
import { openKitchen, Scheduler } from '#hob/index.js'
import { kitchenUrl, report, task } from './task.mjs'

const EVERY_MS = 60_000
const WATCHED_MS = 20_000
/** The scheduler takes its place and reads all of them first. */
const WARM_UP_MS = 3_000

const kitchen = await openKitchen(kitchenUrl)
const { nowMs: startMs } = await kitchen.broker.describe()
const puts = Array.from({ length: task.count }, (_, number) => ({
  name: `tick-${number}`,
  everyMs: EVERY_MS,
  fromMs: Math.round(startMs + (number * EVERY_MS) / task.count),
  queue: 'q',
  missed: 'skip',
  overlap: 'allow',
}))
for (let at = 0; at < puts.length; at += 500) {
  await Promise.all(puts.slice(at, at + 500).map((schedule) => kitchen.schedules.put(schedule)))
}
// Both are this machine's clock on SQLite; a server's is reckoned by one look.
const aheadMs = (await kitchen.broker.describe()).nowMs - Date.now()
const lates = []
let isCounting = false
const onTick = ({ ticksMs }) => {
  const nowMs = Date.now() + aheadMs
  if (isCounting) lates.push(...ticksMs.map((ms) => nowMs - ms))
}
const scheduler = new Scheduler(kitchen.broker, { events: { onTick } })
scheduler.start()
await new Promise((resolve) => setTimeout(resolve, WARM_UP_MS))
isCounting = true
const before = process.cpuUsage()
await new Promise((resolve) => setTimeout(resolve, WATCHED_MS))
const { user, system } = process.cpuUsage(before)
await scheduler.stop()
await kitchen.close()
lates.sort((a, b) => a - b)
if (lates.length < (task.count * WATCHED_MS) / EVERY_MS / 2) throw new Error(`only ${lates.length} ticks`)
report({
  maxMs: lates.at(-1),
  p99: lates[Math.floor(lates.length * 0.99)],
  percent: ((user + system) / (WATCHED_MS * 1_000)) * 100,
})
