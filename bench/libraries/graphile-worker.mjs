// With the local queue and the batched completion of its chapter on performance, unless the settings say otherwise.
import pg from 'pg'
import { importPeer } from '../peers.mjs'

const { Logger, makeWorkerUtils, run: start } = await importPeer('graphile-worker')

/** @returns {Promise<import('./hob.mjs').Library>} */
export async function open({ url, settings: { concurrency = 10, localQueue = 500 } }) {
  const pgPool = new pg.Pool({ connectionString: url, max: 10 })
  pgPool.on('error', () => {})
  const logger = new Logger(() => () => {})
  const utils = await makeWorkerUtils({ pgPool, logger })
  await utils.migrate()
  const batches = { localQueue: { size: localQueue }, completeJobBatchDelay: 0, failJobBatchDelay: 0 }
  return {
    send: (payload) => utils.addJob('task', payload),
    sendMany: (payloads) => utils.addJobs(payloads.map((payload) => ({ identifier: 'task', payload }))),
    work: (run) =>
      start({
        pgPool,
        logger,
        noHandleSignals: true,
        taskList: { task: async (payload) => run(payload) },
        preset: { worker: { concurrentJobs: concurrency, ...(localQueue > 0 ? batches : {}) } },
      }),
    async left() {
      const { rows } = await pgPool.query('SELECT count(*)::int AS count FROM graphile_worker.jobs')
      return rows[0].count
    },
    async close() {
      await utils.release()
      await pgPool.end()
    },
  }
}
