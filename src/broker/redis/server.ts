import { KitchenError } from '../../core/errors.js'
import type { Link } from './link.js'
import type { Confirm } from './writer.js'

/** What a server promises, as far as it tells. */
export interface ServerFacts {
  readonly engine: 'redis' | 'valkey'
  /** What could be lost, in a sentence; null when what is acknowledged is on the disk. */
  readonly lossWindow: string | null
  /** What makes a change strictly durable; null when nothing more is to be asked for. */
  readonly confirm: Confirm | null
}

/** LPOP with a count and SMISMEMBER came with 6.2; WAITAOF with 7.2. */
const VERSION_MIN = [6, 2] as const
const WAITAOF_VERSION = [7, 2] as const

/** As long as a disk or a replica may take before a strict send counts as unknown. */
const CONFIRM_MS = 3_000

/**
 * Asks a server what it is, and refuses one on which jobs would not be safe.
 *
 * @throws KitchenError `fault` when it is too old, may evict jobs, or cannot be as durable as the URL asks for.
 */
export async function askServer(link: Link): Promise<ServerFacts> {
  const info = await readInfo(link)
  const engine = info.get('server_name') === 'valkey' ? 'valkey' : 'redis'
  const version = info.get(`${engine}_version`) ?? info.get('redis_version') ?? '0'
  if (!isAtLeast(version, VERSION_MIN)) {
    throw new KitchenError('fault', `${link.name} is version ${version}, which is too old`, {
      hint: 'A kitchen needs Redis 6.2 or newer, or Valkey.',
    })
  }
  refuseEviction(link, info)
  const persistence = await readPersistence(link, info)
  const isStrict = link.place.durability === 'strict'
  const waits = isStrict ? strictly(link, persistence, isAtLeast(version, WAITAOF_VERSION)) : null
  return { engine, lossWindow: lossWindow(persistence, isStrict), confirm: waits }
}

/** What INFO says, by name. */
export type Info = ReadonlyMap<string, string>

/** What the server says of itself now. @throws KitchenError */
export async function readInfo(link: Link): Promise<Info> {
  const text = String(await link.command('info', []))
  const pairs = text.split(/\r?\n/).map((line) => line.split(':', 2) as [string, string])
  return new Map(pairs.filter(([, value]) => value !== undefined))
}

function isAtLeast(version: string, [major, minor]: readonly [number, number]): boolean {
  const [a = 0, b = 0] = version.split('.').map(Number)
  return a > major || (a === major && b >= minor)
}

/** No key of a kitchen has a time to live, so that policies which evict only those that have one leave it alone. */
function refuseEviction(link: Link, info: Info): void {
  const policy = info.get('maxmemory_policy') ?? 'noeviction'
  if ((info.get('maxmemory') ?? '0') === '0' || !policy.startsWith('allkeys')) return
  throw new KitchenError('fault', `${link.name} would drop jobs when its memory is full (maxmemory-policy ${policy})`, {
    hint: 'Set it: redis-cli CONFIG SET maxmemory-policy noeviction, and in the configuration file.',
  })
}

/** What a server writes to its disk, and when. */
export interface Persistence {
  /** When its log of changes is forced to the disk; null when it keeps none. */
  readonly fsync: 'always' | 'everysec' | 'no' | 'unknown' | null
  readonly hasSnapshots: boolean
}

/** Managed services hide their configuration; then only what they tell of themselves is known. */
export async function readPersistence(link: Link, info: Info): Promise<Persistence> {
  const isAppending = info.get('aof_enabled') === '1'
  const save = await readConfig(link, 'save')
  const fsync = isAppending ? ((await readConfig(link, 'appendfsync')) ?? 'unknown') : null
  return { fsync: fsync as Persistence['fsync'], hasSnapshots: save === undefined || save !== '' }
}

async function readConfig(link: Link, name: string): Promise<string | undefined> {
  try {
    const [, value] = (await link.command('config', ['get', name])) as readonly string[]
    return value
  } catch {
    return undefined
  }
}

const LOSS: Readonly<Record<string, string | null>> = {
  always: null,
  everysec: 'a crash of the server may lose the last second of what was acknowledged (appendfsync everysec)',
  no: 'a power cut may lose the last half minute of what was acknowledged (appendfsync no)',
  unknown: 'a crash of the server may lose the last seconds of what was acknowledged: it does not tell its appendfsync',
}

function lossWindow({ fsync, hasSnapshots }: Persistence, isStrict: boolean): string | null {
  if (isStrict) return null
  if (fsync !== null) return LOSS[fsync] ?? LOSS.unknown ?? null
  return hasSnapshots
    ? 'a crash of the server loses all since its last snapshot, minutes as a rule (appendonly no)'
    : 'everything is lost when the server stops: it writes nothing to a disk (appendonly no, save "")'
}

/** What to ask for after each change; null when the server has written it to its disk before it answers. */
function strictly(link: Link, { fsync }: Persistence, hasWaitAof: boolean): Confirm | null {
  if (fsync === 'always') return null
  if (fsync === null || !hasWaitAof) {
    throw new KitchenError('fault', `${link.name} cannot be strictly durable`, {
      hint: hasWaitAof
        ? 'Set appendonly yes.'
        : 'Set appendonly yes and appendfsync always; from 7.2 on, any appendfsync does.',
    })
  }
  return async () => {
    const [local = 0] = (await link.command('waitaof', [1, 0, CONFIRM_MS])) as readonly number[]
    if (local > 0) return
    throw new KitchenError('unreachable', `${link.name} has not written to its disk in time`, {
      hint: "Look at the server's disk and its log.",
    })
  }
}
