// Several processes work one queue that is filled. Timed from the word to go until the store says that all is done.
import { fork } from 'node:child_process'
import { once } from 'node:events'
import { openLibrary } from './library.mjs'
import { report, startClock, task } from './task.mjs'

const library = await openLibrary()
const file = new URL('./one-worker.mjs', import.meta.url)
const workers = Array.from({ length: task.processes }, () => fork(file, [process.argv[2]]))
await Promise.all(workers.map((worker) => once(worker, 'message')))

const clock = startClock()
for (const worker of workers) worker.send('go')
while ((await library.left()) > 0) await new Promise((resolve) => setTimeout(resolve, 10))
const { rate, serverUs } = clock(task.count)

const ends = await Promise.all(
  workers.map(async (worker) => {
    worker.send('stop')
    const [end] = await once(worker, 'message')
    return end
  }),
)
const handled = ends.map((end) => end.handled)
const sum = handled.reduce((a, b) => a + b)
if (sum !== task.count) throw new Error(`${sum} of ${task.count} jobs were handled`)
const cpuUs = ends.reduce((total, end) => total + end.cpuUs, 0) / task.count
report({ rate, cpuUs, serverUs, leastShare: (Math.min(...handled) / sum) * 100 })
await library.close()
