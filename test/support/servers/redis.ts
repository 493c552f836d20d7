import { join } from 'node:path'
import type { Need } from './need.js'
import { findProgram } from './programs.mjs'
import { Server, type ServerCommand, type ServerOptions, type ServerPlace } from './server.js'

/** Servers and sentinels of Redis are one program. */
export const REDIS_NEED: Need = {
  name: 'redis-server',
  isThere: findProgram('redis-server') !== undefined,
  variable: 'HOB_TEST_REDIS_URL',
}

/** A Redis server of a test's own. It keeps nothing on the disk unless its settings say so. */
export class RedisServer extends Server {
  protected readonly readyLine = 'Ready to accept connections'
  protected readonly stopSignal = 'SIGTERM'
  readonly #settings: Readonly<Record<string, string>>

  private constructor(place: ServerPlace, options: ServerOptions) {
    super(place, options)
    this.#settings = options.settings ?? {}
  }

  /** Starts an empty one. Settings are those of redis.conf, like `{ appendonly: 'yes', appendfsync: 'always' }`. */
  static start(options: ServerOptions = {}): Promise<RedisServer> {
    const isThere = findProgram('redis-server') !== undefined
    return Server.startNew(
      { name: 'redis-server', isThere, variable: 'HOB_TEST_REDIS_URL' },
      (place) => new RedisServer(place, options),
    )
  }

  /** One with a certificate is spoken to by TLS alone. */
  get #isTls(): boolean {
    return 'tls-cert-file' in this.#settings
  }

  get url(): string {
    const password = this.#settings.requirepass
    return `${this.#isTls ? 'rediss' : 'redis'}://${password === undefined ? '' : `:${encodeURIComponent(password)}@`}${this.host}:${this.port}`
  }

  get socket(): string {
    return join(this.folder, 'socket')
  }

  protected get uid(): undefined {
    return undefined
  }

  protected get command(): ServerCommand {
    const port = this.#isTls ? { port: '0', 'tls-port': `${this.port}` } : { port: `${this.port}` }
    const place = { ...port, bind: this.host, unixsocket: this.socket, dir: this.folder }
    // Protected mode lets only this host in; it may listen on a network that a test made.
    const settings = { ...place, 'protected-mode': 'no', save: '', ...this.#settings }
    return {
      file: findProgram('redis-server') ?? 'redis-server',
      args: Object.entries(settings).flatMap(([name, value]) => [`--${name}`, ...value.split(' ')]),
    }
  }
}
