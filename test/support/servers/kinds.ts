import { PostgresServer } from './postgres.js'
import { RedisServer } from './redis.js'
import type { Server, ServerOptions } from './server.js'

/** A kind of server that kitchens live in. */
export interface ServerKind {
  readonly name: string
  /** Starts one that keeps on its disk all that it acknowledges, unless its settings say otherwise. */
  start(options?: ServerOptions): Promise<Server>
}

export const REDIS: ServerKind = {
  name: 'Redis',
  start: ({ settings, ...options } = {}) =>
    RedisServer.start({ ...options, settings: { appendonly: 'yes', appendfsync: 'always', ...settings } }),
}

export const POSTGRES: ServerKind = { name: 'PostgreSQL', start: (options) => PostgresServer.start(options) }

/** Those that an engine speaks to. */
export const KITCHEN_SERVERS: readonly ServerKind[] = [POSTGRES, REDIS]
