// As users get it: every setting but the concurrency is left alone, and features are on when the task asks for them.
import { defineQueue, openKitchen } from '#hob/index.js'

/**
 * What every library here answers to, so that all pass through the same loops.
 *
 * @typedef {object} Library
 * @property {(payload: object) => Promise<unknown>} send Resolves when the store has acknowledged the job.
 * @property {(payloads: readonly object[]) => Promise<unknown>} sendMany By one call of the library.
 * @property {(run: (payload: object) => unknown) => Promise<{ stop(): Promise<unknown> }>} work
 *   Starts a worker; `stop` resolves when its outcomes are in the store.
 * @property {() => Promise<number>} left Jobs that are not done, as the store says.
 * @property {() => Promise<unknown>} [ask] One round trip to the store that reads next to nothing.
 * @property {() => Promise<unknown>} close
 */

/** @returns {Promise<Library>} */
export async function open({ url, settings: { concurrency = 10, hasSchema, keepsResults, hasMetrics } }) {
  const kitchen = await openKitchen(url)
  if (hasMetrics) await kitchen.metrics()
  const queue = kitchen.queue(hasSchema ? await schemaQueue() : 'q')
  const handlerOf = (run) =>
    keepsResults
      ? async ({ payload }) => {
          run(payload)
          return { wasSent: true }
        }
      : async ({ payload }) => run(payload)
  return {
    send: (payload) => queue.send(payload),
    sendMany: (payloads) => queue.sendMany(payloads),
    work: async (run) => queue.work(handlerOf(run), { concurrency }),
    async left() {
      const [{ counts }] = await kitchen.broker.queues()
      return counts.ready + counts.scheduled + counts.running
    },
    ask: () => kitchen.broker.describe(),
    close: () => kitchen.close(),
  }
}

/** Of the payloads that all tasks send. */
async function schemaQueue() {
  const { z } = await import('zod')
  const payload = z.object({ number: z.number().int(), email: z.email(), text: z.string().max(1_000) })
  return defineQueue({ name: 'q', payload })
}
