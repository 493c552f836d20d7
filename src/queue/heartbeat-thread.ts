import { parentPort, workerData } from 'node:worker_threads'
import type { Broker } from '../broker/broker.js'
import type { Lease } from '../broker/job-store.js'
import { LeaseKeeper, type PartId, type PartOptions, type Presence } from './lease-keeper.js'

/** What the thread is given when it starts. */
export interface ThreadData {
  /** Of the kitchen. */
  readonly url: string
  /** One number: when the workers' event loop last turned, by Date.now(). */
  readonly turnedAt: Float64Array
}

/** What the thread is told. */
export type ToThread =
  | { readonly kind: 'join'; readonly part: PartId; readonly options: PartOptions }
  | { readonly kind: 'hold' | 'drop'; readonly part: PartId; readonly lease: Lease }
  | { readonly kind: 'announce'; readonly part: PartId; readonly presence: Presence }
  | { readonly kind: 'leave'; readonly part: PartId }
  | { readonly kind: 'stop' }

/** What the thread tells. */
export type FromThread =
  | { readonly kind: 'lost'; readonly part: PartId; readonly leases: readonly Lease[] }
  | { readonly kind: 'left'; readonly part: PartId }
  | { readonly kind: 'fault'; readonly error: unknown }

const say = (message: FromThread): void => parentPort?.postMessage(message)

/** What the thread does, for as long as it has something to keep. */
export async function keepLeases(
  openBroker: (url: string, options: { readonly create: boolean }) => Promise<Broker>,
): Promise<void> {
  const { url, turnedAt } = workerData as ThreadData
  const broker = await openBroker(url, { create: false })
  const keeper = new LeaseKeeper(
    broker,
    {
      onLost: (part, leases) => say({ kind: 'lost', part, leases }),
      onFault: (error) => say({ kind: 'fault', error }),
    },
    () => Date.now() - (turnedAt[0] ?? 0),
  )
  // Messages sent meanwhile have waited in the port; they come now.
  parentPort?.on('message', async (message: ToThread) => {
    switch (message.kind) {
      case 'join':
        return keeper.join(message.part, message.options)
      case 'hold':
        return keeper.hold(message.part, message.lease)
      case 'drop':
        return keeper.drop(message.part, message.lease)
      case 'announce':
        return keeper.announce(message.part, message.presence)
      case 'leave':
        await keeper.leave(message.part)
        return say({ kind: 'left', part: message.part })
      case 'stop':
        await broker.close()
        parentPort?.close()
    }
  })
}
