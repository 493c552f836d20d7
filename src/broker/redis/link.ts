import type { Cluster, Redis } from 'ioredis'
import { KitchenError } from '../../core/errors.js'
import { SILENCE_MS_MAX, SilenceWatch } from '../silence-watch.js'
import { kitchenError, replyCode, unreachable } from './errors.js'
import type { Script, Scripts } from './scripts.js'
import type { Word } from './steps.js'
import { placeName, type RedisPlace } from './url.js'

type Ioredis = Pick<typeof import('ioredis'), 'Redis' | 'Cluster' | 'Command'>

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
  readonly #ioredis: Ioredis
  readonly #watch: SilenceWatch

  private constructor(ioredis: Ioredis, place: RedisPlace, scripts: Scripts) {
    const client = place.kind === 'cluster' ? clusterClient(ioredis, place) : serverClient(ioredis, place)
    this.#ioredis = ioredis
    this.client = client
    this.#watch = new SilenceWatch(() => breakOff(client))
    this.place = place
    this.root = `{hob:${place.kitchen}}`
    this.scripts = scripts
    this.#name = placeName(place)
    client.on('ready', () => this.#teach())
    this.#watchGreeting()
  }

  /**
   * Connects.
   *
   * @throws KitchenError `unreachable` or `denied`; `url` when the client's package is not installed.
   */
  static async connect(place: RedisPlace, scripts: Scripts): Promise<Link> {
    const link = new Link(await loadClient(), place, scripts)
    let failure: unknown
    // Also keeps later faults from ending the process: each call that meets one reports it.
    link.client.on('error', (error: unknown) => {
      failure = error
    })
    try {
      await link.#connected()
      return link
    } catch (error) {
      link.client.disconnect()
      throw kitchenError(failure ?? error, link.#name)
    }
  }

  /** Where it is, without secrets. */
  get name(): string {
    return this.#name
  }

  /** Runs a script on the kitchen. @throws KitchenError */
  run(script: Script, words: readonly Word[]): Promise<Reply> {
    return new Promise((resolve, reject) => this.submit(script, words, resolve, reject))
  }

  /** As {@link run}, without a promise of its own: a lone send is bound by what each call costs. */
  submit(
    script: Script,
    words: readonly Word[],
    onReply: (reply: Reply) => void,
    onError: (error: unknown) => void,
  ): void {
    this.#watch.begin()
    this.#send('evalsha', [script.sha, '1', this.root, ...words]).then(
      (reply) => {
        this.#watch.end()
        onReply(reply)
      },
      (error) => {
        this.#watch.end()
        // It was not run: the server has forgotten its scripts since we connected.
        if (replyCode(error) !== 'NOSCRIPT') onError(this.#fault(error))
        else this.command('eval', [script.text, '1', this.root, ...words]).then(onReply, onError)
      },
    )
  }

  /** Any other command. @throws KitchenError */
  async command(name: string, words: readonly Word[]): Promise<Reply> {
    this.#watch.begin()
    try {
      return await this.#send(name, words)
    } catch (error) {
      throw this.#fault(error)
    } finally {
      this.#watch.end()
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

  #send(name: string, words: readonly Word[]): Promise<Reply> {
    const command = new this.#ioredis.Command(name, [], { replyEncoding: 'utf8' })
    // Set here, since the constructor flattens what it is given, which takes a while for a thousand words.
    command.args = words.map(String)
    return this.client.sendCommand(command) as Promise<Reply>
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

  /** What ioredis asks for before a connection is ready may stay unanswered as well. */
  #watchGreeting(): void {
    let isGreeting = false
    const greet = (is: boolean) => () => {
      if (isGreeting === is) return
      isGreeting = is
      if (is) this.#watch.begin()
      else this.#watch.end()
    }
    this.client.on('connect', greet(true)).on('ready', greet(false)).on('close', greet(false))
  }

  async #connected(): Promise<void> {
    const timer = new Promise<never>((_, reject) => {
      setTimeout(() => reject(unreachable(this.#name, undefined)), CONNECT_MS_MAX + SILENCE_MS_MAX).unref()
    })
    await Promise.race([this.client.connect(), timer])
  }
}

/** Ends a connection that answers no longer: without a farewell, to which there would be no answer either. */
function breakOff(client: Redis | Cluster): void {
  if ('stream' in client) client.stream?.destroy(new Error('no answer'))
  else client.disconnect(true)
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
    ...(tls !== false && { tls }),
    connectTimeout: CONNECT_MS_MAX,
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
          ...(place.tls !== false && { enableTLSForSentinelMode: true, sentinelTLS: place.tls }),
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
