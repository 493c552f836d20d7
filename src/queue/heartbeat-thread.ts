import { parentPort, workerData } from 'node:worker_threads'
import type { Broker } from '../broker/broker.js'
import type { Lease } from '../broker/job-store.js'
import type { JsonText } from '../core/json.js'
import { LeaseKeeper } from './lease-keeper.js'

/** What the thread is given when it starts. */
export interface ThreadData {
  readonly module: string
  readonly url: string
  readonly leaseMs: number
  readonly hungMs: number | null
  /** One number: when the worker's event loop last turned, by Date.now(). */
  readonly turnedAt: Float64Array
}

/** What the thread is told. */
export type ToThread =
  | { readonly kind: 'hold' | 'drop'; readonly lease: Lease }
  | { readonly kind: 'announce'; readonly presence: { readonly key: string; readonly value: JsonText } }
  | { readonly kind: 'stop' }

/** What the thread tells. */
export type FromThread =
  | { readonly kind: 'lost'; readonly leases: readonly Lease[] }
  | { readonly kind: 'fault'; readonly error: unknown }

const { module, url, leaseMs, hungMs, turnedAt } = workerData as ThreadData
const say = (message: FromThread): void => parentPort?.postMessage(message)

const { openBroker } = (await import(module)) as {
  openBroker: (url: string, options: { create: boolean }) => Promise<Broker>
}
const broker = await openBroker(url, { create: false })
const keeper = new LeaseKeeper(
  { store: broker, leaseMs, isAlive: () => hungMs === null || Date.now() - (turnedAt[0] ?? 0) < hungMs + leaseMs },
  { onLost: (leases) => say({ kind: 'lost', leases }), onFault: (error) => say({ kind: 'fault', error }) },
)
keeper.start()
// Messages sent meanwhile have waited in the port; they come now.
parentPort?.on('message', async (message: ToThread) => {
  if (message.kind === 'hold') keeper.hold(message.lease)
  if (message.kind === 'drop') keeper.drop(message.lease)
  if (message.kind === 'announce') await keeper.announce(message.presence)
  if (message.kind === 'stop') await stop()
})

async function stop(): Promise<void> {
  await keeper.stop()
  await broker.close()
  parentPort?.close()
}
