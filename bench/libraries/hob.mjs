// As users get it: every setting but the concurrency is left alone.
import { openKitchen } from '#hob/index.js'

/**
 * What every library here answers to, so that all pass through the same loops.
 *
 * @typedef {object} Library
 * @property {(payload: object) => Promise<unknown>} send Resolves when the store has acknowledged the job.
 * @property {(payloads: readonly object[]) => Promise<unknown>} sendMany By one call of the library.
 * @property {(run: (payload: object) => unknown) => Promise<{ stop(): Promise<unknown> }>} work
 *   Starts a worker; `stop` resolves when its outcomes are in the store.
 * @property {() => Promise<number>} left Jobs that are not done, as the store says.
 * @property {() => Promise<unknown>} close
 */

/** @returns {Promise<Library>} */
export async function open({ url, settings: { concurrency = 10 } }) {
  const kitchen = await openKitchen(url)
  const queue = kitchen.queue('q')
  return {
    send: (payload) => queue.send(payload),
    sendMany: (payloads) => queue.sendMany(payloads),
    work: async (run) => queue.work(async ({ payload }) => run(payload), { concurrency }),
    async left() {
      const [{ counts }] = await kitchen.broker.queues()
      return counts.ready + counts.scheduled + counts.running
    },
    close: () => kitchen.close(),
  }
}
