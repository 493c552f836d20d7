import { formatBytes } from '../../core/bytes.js'
import { CRASHES_MAX } from '../../core/limits.js'
import type { QueueSummary } from '../control.js'
import {
  bad,
  type Diagnosis,
  type Finding,
  good,
  note,
  queuesToLookInto,
  SET_ASIDE_LOOK_MAX,
  SET_ASIDE_TOLD_MAX,
} from '../diagnosis.js'
import type { JobId } from '../job-store.js'
import type { Link } from './link.js'
import { type Info, type Persistence, readInfo, readPersistence } from './server.js'
import type { Writer } from './writer.js'

/** Of the memory that the server may use: above the first somebody should look, above the second sends are soon refused. */
const MEMORY_NOTE = 0.75
const MEMORY_BAD = 0.95

/** What a server says of itself, and what stands in the kitchen. Reads only. */
export async function diagnose(link: Link, writer: Writer, queues: readonly QueueSummary[]): Promise<Diagnosis> {
  const info = await readInfo(link)
  const persistence = await readPersistence(link, info)
  return {
    survives: tellSurvival(persistence, link.place.durability === 'strict'),
    findings: [
      ofEngine(info),
      ofPersistence(persistence),
      ...ofWriting(info),
      ofMemory(info),
      ofEviction(info),
      ...ofReplicas(info),
    ],
    setAside: await setAside(link, writer, queues),
  }
}

function tellSurvival({ fsync, hasSnapshots }: Persistence, isStrict: boolean): string {
  const job = 'An acknowledged job survives'
  if (isStrict || fsync === 'always') return `${job} the crash of any process, the server's too, and a power cut.`
  if (fsync !== null) return `${job} the crash of any worker; a crash of the server may take the last seconds.`
  if (hasSnapshots) return `${job} the crash of any worker; a crash of the server takes all since its last snapshot.`
  return `${job} the crash of any worker, and nothing that ends the server.`
}

const engineOf = (info: Info): string =>
  info.get('server_name') === 'valkey' ? `Valkey ${info.get('valkey_version')}` : `Redis ${info.get('redis_version')}`

const ofEngine = (info: Info): Finding => good('engine', engineOf(info))

const APPEND = 'Set appendonly yes: jobs then survive the end of the server.'

function ofPersistence({ fsync, hasSnapshots }: Persistence): Finding {
  const topic = 'durability'
  switch (fsync) {
    case 'always':
      return good(topic, 'appendfsync always: every change is on the disk before it is acknowledged')
    case 'everysec':
      return note(
        topic,
        'appendfsync everysec: changes reach the disk within a second',
        'Write ?durability=strict in the URL if no acknowledged job may be lost.',
      )
    case null:
      return hasSnapshots
        ? note(topic, 'snapshots only (appendonly no)', APPEND)
        : bad(topic, 'nothing is written to the disk (appendonly no, save "")', APPEND)
    default:
      return note(
        topic,
        `appendfsync ${fsync}: it is not known when changes reach the disk`,
        'Set appendfsync everysec.',
      )
  }
}

/** Only what failed is worth a line. */
function ofWriting(info: Info): readonly Finding[] {
  const failed = ['rdb_last_bgsave_status', 'aof_last_write_status', 'aof_last_bgrewrite_status'].filter(
    (name) => (info.get(name) ?? 'ok') !== 'ok',
  )
  if (failed.length === 0) return []
  return [
    bad('writing', `the server failed to write to its disk (${failed.join(', ')})`, 'Look at its log and its disk.'),
  ]
}

function ofMemory(info: Info): Finding {
  const [used, most] = [Number(info.get('used_memory') ?? 0), Number(info.get('maxmemory') ?? 0)]
  if (most === 0) return good('memory', `${formatBytes(used)} used; the server sets no bound`)
  const found = `${formatBytes(used)} used of ${formatBytes(most)}`
  const advice = 'Raise maxmemory, or let jobs be done: when it is full, no job can be sent.'
  if (used > MEMORY_BAD * most) return bad('memory', found, advice)
  return used > MEMORY_NOTE * most ? note('memory', found, advice) : good('memory', found)
}

function ofEviction(info: Info): Finding {
  const policy = info.get('maxmemory_policy') ?? 'noeviction'
  const advice = 'Set maxmemory-policy noeviction.'
  if (!policy.startsWith('allkeys')) return good('eviction', `maxmemory-policy ${policy}: no job is ever evicted`)
  const found = `maxmemory-policy ${policy} drops jobs when memory is full`
  return (info.get('maxmemory') ?? '0') === '0'
    ? note('eviction', `${found}, once maxmemory is set`, advice)
    : bad('eviction', found, advice)
}

function ofReplicas(info: Info): readonly Finding[] {
  const count = Number(info.get('connected_slaves') ?? 0)
  if (count === 0) return []
  const advice = 'Set min-replicas-to-write to bound what a failover may lose.'
  return [note('replicas', `${count}: a failover may lose what had not reached them`, advice)]
}

async function setAside(link: Link, writer: Writer, queues: readonly QueueSummary[]): Promise<readonly JobId[]> {
  const names = queuesToLookInto(queues, ({ counts }) => counts.error).map(({ queue }) => queue)
  const args = [SET_ASIDE_LOOK_MAX, CRASHES_MAX, SET_ASIDE_TOLD_MAX, ...names]
  return (await writer.read(link.scripts.setAside, args)) as readonly JobId[]
}
