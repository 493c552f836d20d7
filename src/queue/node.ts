import { hostname } from 'node:os'
import type { JsonText } from '../core/json.js'
import { type NodePresence, type NodeRole, PRESENCE_PREFIX, type ProcessIdentity, thisProcess } from './presence.js'

/** The name of this process among all nodes, unless it is given one: `host/pid`. */
export const nodeName = (): string => `${hostname()}/${process.pid}`

/** What tells others who works here: the key of its record, and its value as it stands now. */
export interface NodeRecord {
  readonly key: string
  readonly value: () => Promise<JsonText>
}

/** Read once: it cannot change while the process lives. */
let identity: Promise<ProcessIdentity> | null = null

/** What changes while a node runs; read anew for each announcement. */
export type NodeFigures = Readonly<Pick<NodePresence, 'done' | 'failed'>> &
  Readonly<Partial<Pick<NodePresence, 'message' | 'queue'>>>

/** What a node is from its start on. */
export interface NodeIdentity extends Pick<NodePresence, 'name' | 'queue' | 'concurrency'> {
  readonly role: NodeRole
}

/**
 * The presence record of one node of this process.
 *
 * @param part Keeps its record apart from those of the other nodes of this process; its queue unless given.
 */
export function nodeRecord(node: NodeIdentity, figures: NodeFigures, part: string = node.queue): NodeRecord {
  const startedMs = Date.now()
  identity ??= thisProcess()
  // The pid keeps apart two processes that were given one name.
  const key = `${PRESENCE_PREFIX}${node.name}/${process.pid}/${part}`
  return {
    key,
    value: async () =>
      JSON.stringify({ ...(await identity), ...node, startedMs, ...figures } satisfies Partial<NodePresence>),
  }
}
