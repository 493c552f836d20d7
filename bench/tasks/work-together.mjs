// Several processes work one kitchen. Timed from the word to go until the kitchen's own counters say that all is done.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { openKitchen } from '#hob/index.js'
import { fillKitchen, kitchenUrl, report, startClock, task } from './task.mjs'

await fillKitchen(openKitchen, task.count)
const kitchen = await openKitchen(kitchenUrl)
const file = new URL('./one-worker.mjs', import.meta.url)
const workers = Array.from({ length: task.processes }, () => fork(file, [process.argv[2]]))
await Promise.all(workers.map((worker) => once(worker, 'message')))

const clock = startClock()
for (const worker of workers) worker.send('go')
while (!(await isEmpty())) await new Promise((resolve) => setTimeout(resolve, 10))
const { rate } = clock(task.count)

const handled = await Promise.all(
  workers.map(async (worker) => {
    worker.send('stop')
    const [count] = await once(worker, 'message')
    return count
  }),
)
const sum = handled.reduce((a, b) => a + b)
if (sum !== task.count) throw new Error(`${sum} of ${task.count} jobs were handled`)
report({ rate, leastShare: (Math.min(...handled) / sum) * 100 })
await kitchen.close()

async function isEmpty() {
  const [queue] = await kitchen.broker.queues()
  return queue.counts.ready + queue.counts.running === 0
}
