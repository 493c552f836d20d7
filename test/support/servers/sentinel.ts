import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { findProgram } from './programs.mjs'
import { REDIS_NEED, type RedisServer } from './redis.js'
import { Server, type ServerCommand, type ServerPlace } from './server.js'

/** What a sentinel calls the server that it watches. */
export const MASTER = 'kitchen'

/** A Redis sentinel that watches one server, and after half a second of its silence makes a replica the server. */
export class SentinelServer extends Server {
  protected readonly readyLine = 'Sentinel ID is'
  protected readonly stopSignal = 'SIGTERM'
  readonly #watched: RedisServer

  private constructor(place: ServerPlace, watched: RedisServer) {
    super(place, {})
    this.#watched = watched
  }

  static start(watched: RedisServer): Promise<SentinelServer> {
    return Server.startNew(REDIS_NEED, (place) => new SentinelServer(place, watched))
  }

  get url(): string {
    return `redis://${this.host}:${this.port}/hob?sentinel=${MASTER}`
  }

  get socket(): string {
    return join(this.folder, 'socket')
  }

  protected get uid(): undefined {
    return undefined
  }

  /** A sentinel writes into its configuration what it learns. */
  protected override async prepare(): Promise<void> {
    const { host, port } = this.#watched
    const lines = [
      `port ${this.port}`,
      `bind ${this.host}`,
      `dir ${this.folder}`,
      `sentinel monitor ${MASTER} ${host} ${port} 1`,
      `sentinel down-after-milliseconds ${MASTER} 500`,
      `sentinel failover-timeout ${MASTER} 5000`,
    ]
    await writeFile(this.#configuration, `${lines.join('\n')}\n`)
  }

  protected get command(): ServerCommand {
    return { file: findProgram('redis-server') ?? '', args: [this.#configuration, '--sentinel'] }
  }

  get #configuration(): string {
    return join(this.folder, 'sentinel.conf')
  }
}
