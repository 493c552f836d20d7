import { formatBytes } from '../../core/bytes.js'
import { formatDuration } from '../../core/duration.js'
import { bad, type Finding, good, note } from '../diagnosis.js'

/** What the statement `health` tells of a server. */
export interface Health {
  readonly version: string
  readonly synchronous_commit: string
  readonly fsync: string
  readonly full_page_writes: string
  readonly is_read_only: boolean
  readonly autovacuum: string
  readonly connections: number
  readonly connections_max: number
  /** How long the oldest snapshot has been held that we are told of. */
  readonly snapshot_s: number
  readonly dead_rows: number
  readonly live_rows: number
  readonly size_bytes: number
}

/** Ten minutes of a held snapshot cost a busy queue a part of its speed; an hour is a mistake. */
const SNAPSHOT_NOTE_S = 600
const SNAPSHOT_BAD_S = 3_600

/** Dead rows that a vacuum would have removed long ago, had it been able to. */
const DEAD_ROWS_NOTE = 1_000_000

/** What an acknowledged job survives on this server. */
export function survivesOn({ fsync, synchronous_commit }: Pick<Health, 'fsync' | 'synchronous_commit'>): string {
  if (fsync === 'off') {
    return 'An acknowledged job survives a crash of the server, and nothing that ends its machine: that may damage the database.'
  }
  if (synchronous_commit === 'off') {
    return 'An acknowledged job survives until the server crashes: that may take the last second.'
  }
  return 'An acknowledged job survives a crash of the server, and a power cut.'
}

/** What could be lost, as a kitchen describes itself; null when nothing that was acknowledged. */
export function lossWindowOf({
  fsync,
  synchronous_commit,
}: Pick<Health, 'fsync' | 'synchronous_commit'>): string | null {
  if (fsync === 'off') return 'a crash of the server’s machine may lose anything, and damage the database (fsync=off)'
  if (synchronous_commit !== 'off') return null
  return 'a crash of the server may lose what was acknowledged in the last second (synchronous_commit=off)'
}

/** What is to be said of a server that holds a kitchen. */
export const postgresFindings = (health: Health): readonly Finding[] => [
  good('engine', `PostgreSQL ${health.version}`),
  ofDurability(health),
  ofWrites(health),
  ofConnections(health),
  ofSnapshots(health),
  ofVacuum(health),
  good('size', `${formatBytes(health.size_bytes)}, indexes and room for reuse included`),
]

function ofDurability({ fsync, synchronous_commit, full_page_writes }: Health): Finding {
  const topic = 'durability'
  if (fsync === 'off') return bad(topic, 'fsync=off: nothing is forced to the disk', 'Set fsync=on.')
  if (full_page_writes === 'off') {
    return bad(topic, 'full_page_writes=off: a power cut may damage the database', 'Set full_page_writes=on.')
  }
  if (synchronous_commit === 'off') {
    return note(
      topic,
      'synchronous_commit=off: the disk has it up to a second later',
      'Set synchronous_commit=on for this role or database if no acknowledged job may be lost.',
    )
  }
  return good(topic, `fsync=on, synchronous_commit=${synchronous_commit}: what is acknowledged is on the disk`)
}

const ofWrites = ({ is_read_only }: Health): Finding =>
  is_read_only
    ? bad('writes', 'the server is read-only', 'Name the primary in the URL, not a standby.')
    : good('writes', 'the server takes them')

function ofConnections({ connections, connections_max }: Health): Finding {
  const found = `${connections} of ${connections_max} connections are in use`
  const advice = 'Raise max_connections, lower pool in the URLs, or put a pooler between.'
  if (connections >= connections_max) return bad('connections', found, advice)
  return connections > 0.9 * connections_max ? note('connections', found, advice) : good('connections', found)
}

function ofSnapshots({ snapshot_s }: Health): Finding {
  const topic = 'snapshots'
  if (snapshot_s < SNAPSHOT_NOTE_S) return good(topic, 'no transaction holds an old state of the database')
  const found = `a transaction has held an old state of the database for ${formatDuration(snapshot_s * 1_000)}`
  const advice = 'Dead rows pile up until it ends: look for it in pg_stat_activity, by backend_xmin.'
  return snapshot_s < SNAPSHOT_BAD_S ? note(topic, found, advice) : bad(topic, found, advice)
}

function ofVacuum({ autovacuum, dead_rows, live_rows }: Health): Finding {
  const topic = 'vacuum'
  if (autovacuum !== 'on') return bad(topic, 'autovacuum is off: tables grow without bound', 'Set autovacuum=on.')
  const found = `${dead_rows} dead rows beside ${live_rows} live ones`
  if (dead_rows < DEAD_ROWS_NOTE || dead_rows < live_rows) return good(topic, found)
  return note(
    topic,
    found,
    'Autovacuum lags: look for held snapshots, or give it more workers and a higher cost limit.',
  )
}
