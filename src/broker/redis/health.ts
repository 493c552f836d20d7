import { formatBytes } from '../../core/bytes.js'
import { formatDuration } from '../../core/duration.js'
import { bad, type Finding, good, note } from '../diagnosis.js'
import type { Info, Persistence } from './server.js'

/** What a server tells of itself. */
export interface RedisFacts {
  readonly info: Info
  readonly persistence: Persistence
  /** Every change waits until the disk has it, because the URL asks for that. */
  readonly isStrict: boolean
}

/** What is on the disk when a job is acknowledged. */
type Durability = 'strict' | 'always' | 'everysec' | 'no' | 'unknown' | 'snapshots' | 'nothing'

const SURVIVES: Readonly<Record<Durability, string>> = {
  strict: 'An acknowledged job survives a crash of the server, and a power cut.',
  always: 'An acknowledged job survives a crash of the server, and a power cut.',
  everysec:
    'An acknowledged job survives until the server or its machine crashes: that may take the last second or two.',
  no: 'An acknowledged job survives until the machine of the server crashes: that may take the last half minute.',
  unknown:
    'An acknowledged job survives until the server crashes: that may take the last seconds, the server does not say how many.',
  snapshots:
    'An acknowledged job survives a crash of the server only if a snapshot was made since, minutes later as a rule.',
  nothing: 'An acknowledged job survives until the server stops, and no longer.',
}

/** What an acknowledged job survives on this server. */
export const survivesOn = (facts: RedisFacts): string => SURVIVES[durabilityOf(facts)]

/** What is to be said of a server that holds a kitchen. */
export function redisFindings(facts: RedisFacts): readonly Finding[] {
  const { info } = facts
  return [
    ofEngine(info),
    ofDurability(facts),
    ofWrites(info),
    ofEviction(info),
    ofMemory(info),
    ofConnections(info),
    ofReplicas(info),
  ]
}

function durabilityOf({ persistence: { fsync, hasSnapshots }, isStrict }: RedisFacts): Durability {
  if (isStrict) return 'strict'
  if (fsync === null) return hasSnapshots ? 'snapshots' : 'nothing'
  return fsync
}

function ofEngine(info: Info): Finding {
  const valkey = info.get('valkey_version')
  return good('engine', valkey === undefined ? `Redis ${info.get('redis_version')}` : `Valkey ${valkey}`)
}

const APPEND = 'Set appendonly yes, by CONFIG SET and in the configuration file; else a restart loses jobs.'
const ALWAYS =
  'If no acknowledged job may be lost: set appendfsync always, or, from Redis 7.2 on, write ?durability=strict in the URL.'

function ofDurability(facts: RedisFacts): Finding {
  const topic = 'durability'
  switch (durabilityOf(facts)) {
    case 'strict':
      return good(topic, 'durability=strict: what is acknowledged is on the disk')
    case 'always':
      return good(topic, 'appendonly yes, appendfsync always: what is acknowledged is on the disk')
    case 'everysec':
      return note(topic, 'appendonly yes, appendfsync everysec: the disk has it a second later', ALWAYS)
    case 'no':
      return note(
        topic,
        'appendonly yes, appendfsync no: the disk has it when the system likes, half a minute later',
        ALWAYS,
      )
    case 'unknown':
      return note(
        topic,
        'appendonly yes; the server does not tell its appendfsync',
        'Look at the settings of your service.',
      )
    case 'snapshots':
      return bad(topic, `appendonly no: only snapshots reach the disk, ${tellSnapshot(facts.info)}`, APPEND)
    case 'nothing':
      return bad(topic, 'appendonly no, and no snapshots: nothing reaches a disk', APPEND)
  }
}

function tellSnapshot(info: Info): string {
  const sinceMs = numberOf(info, 'server_time_usec') / 1_000 - numberOf(info, 'rdb_last_save_time') * 1_000
  const ago = formatDuration(Math.max(0, sinceMs))
  return `the last one ${ago} ago, ${numberOf(info, 'rdb_changes_since_last_save')} changes since`
}

/** Redis refuses every change once it cannot write what its settings make it write. */
function ofWrites(info: Info): Finding {
  const advice = "Look at the server's log and its disk: it refuses changes until it can write again."
  if (failed(info, 'aof_last_write_status'))
    return bad('disk writes', 'the last write of the append-only file failed', advice)
  if (failed(info, 'rdb_last_bgsave_status')) return bad('disk writes', 'the last snapshot failed', advice)
  if (failed(info, 'aof_last_bgrewrite_status')) {
    const growing = "Look at the server's log and its disk: the file grows until it is rewritten."
    return note('disk writes', 'the last rewrite of the append-only file failed', growing)
  }
  return good('disk writes', 'none failed')
}

/** Keys of a kitchen have no time to live, so that policies which take only those that have one leave them alone. */
function ofEviction(info: Info): Finding {
  const policy = info.get('maxmemory_policy') ?? 'noeviction'
  const found = `maxmemory-policy ${policy}`
  const advice = 'CONFIG SET maxmemory-policy noeviction, and in the configuration file.'
  if (!policy.startsWith('allkeys')) return good('eviction', `${found}: it drops no jobs`)
  if (numberOf(info, 'maxmemory') > 0) return bad('eviction', `${found}: it drops jobs when its memory is full`, advice)
  return note('eviction', `${found}: it drops jobs as soon as maxmemory is set and used up`, advice)
}

const MEMORY_NOTE = 0.8
const MEMORY_BAD = 0.95

function ofMemory(info: Info): Finding {
  const [used, limit, machine] = ['used_memory', 'maxmemory', 'total_system_memory'].map((name) => numberOf(info, name))
  const most = limit || machine || Number.POSITIVE_INFINITY
  const share = (used ?? 0) / most
  const of = limit ? 'maxmemory' : 'its machine'
  const found = `${formatBytes(used ?? 0)} used${Number.isFinite(most) ? `, of the ${formatBytes(most)} of ${of}` : ''}`
  const advice = 'Give it more, or let jobs be done: when it is full no job can be sent.'
  if (share > MEMORY_BAD) return bad('memory', found, advice)
  return share > MEMORY_NOTE ? note('memory', found, advice) : good('memory', found)
}

const CONNECTIONS_NOTE = 0.8

function ofConnections(info: Info): Finding {
  const [used, most] = [numberOf(info, 'connected_clients'), numberOf(info, 'maxclients')]
  const found = most > 0 ? `${used} of ${most}` : `${used}`
  if (most === 0 || used <= CONNECTIONS_NOTE * most) return good('connections', found)
  return note('connections', found, 'Raise maxclients, or look for a program that opens too many.')
}

function ofReplicas(info: Info): Finding {
  if ((info.get('role') ?? 'master') !== 'master') {
    return bad(
      'replicas',
      'this server is itself a replica, which takes no changes',
      'Name its primary with --kitchen.',
    )
  }
  const count = numberOf(info, 'connected_slaves')
  if (count === 0) return good('replicas', 'none')
  const advice = 'Set min-replicas-to-write and min-replicas-max-lag to bound that.'
  return note('replicas', `${count}: when one takes over, it may lack the last changes`, advice)
}

const numberOf = (info: Info, name: string): number => Number(info.get(name) ?? 0)

const failed = (info: Info, name: string): boolean => (info.get(name) ?? 'ok') !== 'ok'
