// plainjob's worker takes one job at a time and has no concurrency; its README's tuning is more processes. Its logger
// prints several lines a job unless it is told not to.
import Sqlite from 'better-sqlite3'
import { importPeer } from '../peers.mjs'
import { payloads, report, startClock, task } from './task.mjs'

const { better, defineQueue, defineWorker, JobStatus } = await importPeer('plainjob')

const silent = () => {}
const logger = { error: console.error, warn: silent, info: silent, debug: silent }

function open() {
  const database = new Sqlite(`${task.folder}/plainjob.db`)
  const queue = defineQueue({ connection: better(database), logger })
  // defineQueue sets NORMAL, which may lose acknowledged jobs at a power cut.
  database.pragma('synchronous = FULL')
  return queue
}

const filled = open()
filled.addMany('q', payloads(0, task.count))
filled.close()

const queue = open()
let handled = 0
const clock = startClock()
const worker = defineWorker(
  'q',
  async () => {
    if (++handled === task.count) worker.stop()
  },
  { queue, logger },
)
await worker.start()
const metrics = clock(task.count)
if (queue.countJobs({ status: JobStatus.Done }) !== task.count) throw new Error('plainjob did not end all jobs')
report(metrics)
queue.close()
