// Done jobs are removed at once, as BullMQ's guide has it for production; its other settings are left alone.
import { importPeer } from '../peers.mjs'

const { createPostgresBackend, Queue, Worker, withBackend } = await importPeer('bullmq')

/** @returns {Promise<import('./hob.mjs').Library>} */
export function open({ url, settings }) {
  const { hostname, port } = new URL(url)
  return openWith({ Queue, Worker }, { connection: { host: hostname, port: Number(port) }, settings })
}

/** The same on its PostgreSQL backend. */
export function openPostgres({ url, settings }) {
  return openWith(withBackend(createPostgresBackend), {
    connection: { connectionString: url, migrate: true },
    settings,
  })
}

async function openWith(classes, { connection, settings: { concurrency = 100 } }) {
  const queue = new classes.Queue('q', { connection, defaultJobOptions: { removeOnComplete: true } })
  await queue.waitUntilReady()
  return {
    send: (payload) => queue.add('job', payload),
    sendMany: (payloads) => queue.addBulk(payloads.map((data) => ({ name: 'job', data }))),
    async work(run) {
      const worker = new classes.Worker('q', async ({ data }) => run(data), {
        connection,
        concurrency,
        removeOnComplete: { count: 0 },
      })
      await worker.waitUntilReady()
      return { stop: () => worker.close() }
    },
    async left() {
      const counts = await queue.getJobCounts('waiting', 'active', 'delayed', 'prioritized', 'paused')
      return Object.values(counts).reduce((sum, count) => sum + count, 0)
    },
    close: () => queue.close(),
  }
}
