// What its README turns off for speed is off: events, jobs kept in memory, jobs kept in Redis once they are done.
import { importPeer } from '../peers.mjs'

const { default: BeeQueue } = await importPeer('bee-queue')

/** @returns {Promise<import('./hob.mjs').Library>} */
export async function open({ url, settings: { concurrency = 100 } }) {
  const { hostname, port } = new URL(url)
  const queue = new BeeQueue('q', {
    redis: { host: hostname, port: Number(port) },
    getEvents: false,
    sendEvents: false,
    storeJobs: false,
    removeOnSuccess: true,
  })
  await queue.ready()
  return {
    send: (payload) => queue.createJob(payload).save(),
    sendMany: (payloads) => queue.saveAll(payloads.map((payload) => queue.createJob(payload))),
    async work(run) {
      queue.process(concurrency, async ({ data }) => run(data))
      return { stop: () => untilEnded(queue) }
    },
    async left() {
      const { waiting, active, delayed } = await queue.checkHealth()
      return waiting + active + delayed
    },
    close: () => queue.close(),
  }
}

/** Its outcomes are in Redis when it counts no active jobs. Closing would close what the counting needs, too. */
async function untilEnded(queue) {
  while ((await queue.checkHealth()).active > 0) await new Promise((resolve) => setTimeout(resolve, 1))
}
