import type { Broker } from '../broker/broker.js'
import { isGone, type NodePresence, readNodes, thisMachine } from '../queue/presence.js'

/** A node as `hob nodes` shows it; `--json` prints it as it is. Durations are milliseconds. */
export interface NodeView {
  readonly host: string
  readonly role: string
  readonly name: string
  readonly pid: number
  /** Empty for one that works none. */
  readonly queue: string
  /** What it says of itself; empty when it says nothing. */
  readonly message: string
  /** Jobs that ended since it began, well or not. */
  readonly ops: number
  readonly done: number
  readonly failed: number
  /** Since it began. */
  readonly upMs: number
  /** Since it last wrote its record, on the store's clock; null where an older Hob wrote it. */
  readonly seenAgoMs: number | null
  /** Its process has ended, as far as this machine can tell. */
  readonly isGone: boolean
}

/** Looks who is there. A node that died is among them until its record's life ends, four leases after it was last seen. */
export async function viewNodes(broker: Broker): Promise<readonly NodeView[]> {
  const [{ nowMs }, nodes, machine] = await Promise.all([broker.describe(), readNodes(broker), thisMachine()])
  return Promise.all(nodes.map(async (node) => viewOf(node, { nowMs, isGone: await isGone(node, machine) })))
}

/**
 * One node. Its clock may be off, so how long it was up is reckoned in two parts: until it was last seen on its own clock,
 * and from then on the store's.
 *
 * @param now The store's time.
 */
export function viewOf(node: NodePresence, now: { readonly nowMs: number; readonly isGone: boolean }): NodeView {
  const { host, role, name, pid, queue, message = '', done, failed, startedMs, seenMs, seenStoreMs } = node
  const seenAgoMs = seenStoreMs === undefined ? null : Math.max(0, now.nowMs - seenStoreMs)
  const upMs = seenMs === undefined || seenAgoMs === null ? now.nowMs - startedMs : seenMs - startedMs + seenAgoMs
  const figures = { ops: done + failed, done, failed, upMs: Math.max(0, upMs), seenAgoMs }
  return { host, role, name, pid, queue, message, ...figures, isGone: now.isGone }
}
