import { hostname } from 'node:os'
import type { Json } from '../core/json.js'
import { type NodePresence, PRESENCE_PREFIX, type ProcessIdentity, thisProcess } from './presence.js'

/** The name of this process among all nodes: `host/pid`. */
export const nodeName = (): string => `${hostname()}/${process.pid}`

/** Read once: it cannot change while the process lives. */
let identity: ProcessIdentity | null = null
