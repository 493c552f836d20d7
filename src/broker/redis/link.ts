import type { Cluster, Redis } from 'ioredis'
import { KitchenError } from '../../core/errors.js'
import { kitchenError, replyCode, unreachable } from './errors.js'
import type { Script, Scripts } from './scripts.js'
import { placeName, type RedisPlace } from './url.js'

type Ioredis = Pick<typeof import('ioredis'), 'Redis' | 'Cluster'>

/** Without an answer for this long the connection counts as dead, half-open or not, and is made anew. */
const SILENCE_MS_MAX = 4_000

const CONNECT_MS_MAX = 3_000

/** Between two tries to connect: soon at first, then often enough for workers to be back a second after the server is. */
const RETRY_MS_MAX = 500

/** What a script answered; who ran it knows what to expect. */
export type Reply = unknown

/**
 * The connection to Redis: it mends itself, and what is asked for while it is broken fails at once as `unreachable`.
 *
 * Nothing is ever sent twice: whether a script was applied when its answer did not come, nobody knows.
 */
export class Link {
  readonly client: Redis | Cluster
  readonly place: RedisPlace
  /** The kitchen's hash, with which every key of it begins. */
  readonly root: string
  readonly scripts: Scripts
  readonly #name: string

  private constructor(client: Redis | Cluster, place: RedisPlace, scripts: Scripts) {
    this.client = client
    this.place = place
    this.root = `{hob:${place.kitchen}}`
    this.scripts = scripts
    this.#name = placeName(place)
    client.on('ready', () => this.#teach())
  }

  /**
   * Connects.
   *
   * @throws KitchenError `unreachable`, `denied`; or `missing` package.
   */
  static async connect(place: RedisPlace, scripts: Scripts): Promise<Link> {
    const ioredis = await loadClient()
    const client = place.kind === 'cluster' ? clusterClient(ioredis, place) : serverClient(ioredis, place)
    const link = new Link(client, place, scripts)
    let failure: unknown
    // Also keeps later faults from ending the process: each call that meets one reports it.
    client.on('error', (error: unknown) => {
      failure = error
    })
    try {
      await link.#connected()
      return link
    } catch (error) {
      client.disconnect()
      throw kitchenError(failure ?? error, link.#name)
    }
  }

  /** Where it is, without secrets. */
  get name(): string {
    return this.#name
  }

  /** Runs a script on the kitchen. @throws KitchenError */
  async run(script: Script, args: readonly (string | number)[]): Promise<Reply> {
    const rest = [1, this.root, ...args]
    try {
      return await this.#call('evalsha', [script.sha, ...rest])
    } catch (error) {
      // It was not run: the server has forgotten its scripts since we connected.
      if (replyCode(error) === 'NOSCRIPT') return this.command('eval', [script.text, ...rest])
      throw this.#fault(error)
    }
  }

  /** Any other command. @throws KitchenError */
  async command(name: string, args: readonly (string | number)[]): Promise<Reply> {
    try {
      return await this.#call(name, args)
    } catch (error) {
      throw this.#fault(error)
    }
  }

  /** What is asked for within `ask` leaves in as few packets as it can. */
  together(ask: () => void): void {
    const stream = 'stream' in this.client ? this.client.stream : undefined
    stream?.cork()
    ask()
    stream?.uncork()
  }

  /** Lets go of it, when all that was asked for has been answered. */
  async close(): Promise<void> {
    try {
      await this.client.quit()
    } catch {
      // It was broken already.
    }
    this.client.disconnect()
  }

  #call(name: string, args: readonly (string | number)[]): Promise<Reply> {
    return this.client.call(name, ...args)
  }

  /** A failed-over primary answers as a replica until its clients look for the new one. */
  #fault(error: unknown): unknown {
    if (replyCode(error) === 'READONLY' && 'stream' in this.client) this.client.disconnect(true)
    return kitchenError(error, this.#name)
  }

  /** Before anything else is sent: so a script that is not known is a rare case, and calls stay in order. */
  #teach(): void {
    if (this.place.kind === 'cluster') return
    for (const { text } of Object.values(this.scripts)) this.client.script('LOAD', text).catch(() => {})
  }

  async #connected(): Promise<void> {
    const timer = new Promise<never>((_, reject) => {
      setTimeout(() => reject(unreachable(this.#name, undefined)), CONNECT_MS_MAX + SILENCE_MS_MAX).unref()
    })
    await Promise.race([this.client.connect(), timer])
  }
}

async function loadClient(): Promise<Ioredis> {
  try {
    return await import('ioredis')
  } catch (cause) {
    throw new KitchenError('url', 'a Redis kitchen needs the package ioredis', { hint: 'npm install ioredis', cause })
  }
}

const retryStrategy = (tried: number): number => Math.min(50 * tried, RETRY_MS_MAX)

function commonOptions({ username, password, tls }: RedisPlace) {
  return {
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password }),
    ...(tls && { tls: {} }),
    connectTimeout: CONNECT_MS_MAX,
    socketTimeout: SILENCE_MS_MAX,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    keepAlive: 10_000,
  }
}

function serverClient({ Redis }: Ioredis, place: RedisPlace): Redis {
  const [first] = place.hosts
  const where =
    place.kind === 'sentinel'
      ? {
          sentinels: [...place.hosts],
          name: place.master,
          sentinelRetryStrategy: retryStrategy,
          ...(place.sentinelPassword !== undefined && { sentinelPassword: place.sentinelPassword }),
          ...(place.tls && { enableTLSForSentinelMode: true, sentinelTLS: {} }),
        }
      : { ...first }
  return new Redis({
    ...commonOptions(place),
    ...where,
    db: place.database,
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy,
  })
}

function clusterClient({ Cluster }: Ioredis, place: RedisPlace): Cluster {
  return new Cluster([...place.hosts], {
    lazyConnect: true,
    enableOfflineQueue: false,
    clusterRetryStrategy: retryStrategy,
    redisOptions: commonOptions(place),
  })
}
