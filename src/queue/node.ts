import { hostname } from 'node:os'
import type { JsonText } from '../core/json.js'
import { type NodePresence, PRESENCE_PREFIX, type ProcessIdentity, thisProcess } from './presence.js'

/** The name of this process among all nodes, unless it is given one: `host/pid`. */
export const nodeName = (): string => `${hostname()}/${process.pid}`

/** What tells others who works here: the key of its record, and its value as it stands now. */
export interface NodeRecord {
  readonly key: string
  readonly value: () => Promise<JsonText>
}

/** Read once: it cannot change while the process lives. */
let identity: Promise<ProcessIdentity> | null = null

/**
 * The presence record of a worker of this process.
 *
 * @param counts What it has settled so far; read anew for each announcement.
 */
export function nodeRecord(
  node: Pick<NodePresence, 'name' | 'role' | 'queue' | 'concurrency'>,
  counts: Readonly<Pick<NodePresence, 'done' | 'failed'>>,
): NodeRecord {
  const startedMs = Date.now()
  identity ??= thisProcess()
  // The pid keeps apart two processes that were given one name.
  const key = `${PRESENCE_PREFIX}${node.name}/${process.pid}/${node.queue}`
  return {
    key,
    value: async () =>
      JSON.stringify({ ...(await identity), ...node, startedMs, ...counts } satisfies Partial<NodePresence>),
  }
}
