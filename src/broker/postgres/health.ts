import { formatBytes } from '../../core/bytes.js'
import { formatCount } from '../../core/count.js'
import { formatDuration } from '../../core/duration.js'
import { bad, type Finding, good, note } from '../diagnosis.js'

/** A row of the statement `server-facts`. */
export interface ServerFacts {
  readonly version: string
  readonly fsync: string
  readonly synchronous_commit: string
  readonly full_page_writes: string
  readonly autovacuum: string
  readonly track_counts: string
  readonly data_checksums: string
  readonly synchronous_standby_names: string
  readonly is_standby: boolean
  readonly connections_max: number
  readonly connections: number
  readonly frozen_age: number
}

/** A row of the statement `snapshot-holders`. */
export interface SnapshotHolder {
  readonly kind: 'session' | 'prepared' | 'slot'
  readonly name: string
  readonly state: string
  readonly held_ms: number | null
  readonly transactions: number
}

/** A row of the statement `kept-log`. */
export interface KeptLog {
  readonly slot_name: string
  readonly bytes: number
}

/** A row of the statement `vacuum-lag`. */
export interface TableState {
  readonly name: string
  readonly live: number
  readonly dead: number
  readonly vacuumed_ms: number | null
  readonly is_off: boolean
}

/** What a server was found to be. */
export interface PostgresFacts {
  readonly server: ServerFacts
  /** The worst first. */
  readonly holders: readonly SnapshotHolder[]
  readonly keptLog: KeptLog | undefined
  /** Those with the most dead rows first. */
  readonly tables: readonly TableState[]
}

/** What an acknowledged job survives on this server. */
export function survivesOn({ fsync, full_page_writes, synchronous_commit }: ServerFacts): string {
  if (fsync === 'off' || full_page_writes === 'off') {
    return 'An acknowledged job survives a crash of the server alone; one of its machine may destroy the whole database.'
  }
  if (synchronous_commit === 'off') {
    return 'An acknowledged job survives until the server or its machine crashes: that may take the last moments.'
  }
  return 'An acknowledged job survives a crash of the server, and a power cut.'
}

/** What could be lost, as a kitchen describes itself; null when nothing that was acknowledged. */
export function lossWindowOf({
  fsync,
  synchronous_commit,
}: Pick<ServerFacts, 'fsync' | 'synchronous_commit'>): string | null {
  if (fsync === 'off') return "a crash of the server's machine may lose anything, and damage the database (fsync=off)"
  if (synchronous_commit !== 'off') return null
  return 'a crash of the server may lose what was acknowledged in the last second (synchronous_commit=off)'
}

/** What is to be said of a server that holds a kitchen. */
export function postgresFindings({ server, holders, keptLog, tables }: PostgresFacts): readonly Finding[] {
  return [
    good('engine', `PostgreSQL ${server.version}`),
    ofDurability(server),
    ...(server.is_standby ? [ofStandby()] : []),
    ofHolders(holders),
    ofKeptLog(keptLog),
    ofVacuum(server, tables),
    ofTransactionIds(server),
    ofConnections(server),
  ]
}

function ofDurability({
  fsync,
  full_page_writes,
  synchronous_commit,
  synchronous_standby_names,
}: ServerFacts): Finding {
  const topic = 'durability'
  if (fsync === 'off') {
    return bad(
      topic,
      'fsync off: a crash of the machine may destroy the database',
      'Set fsync = on and restart the server.',
    )
  }
  if (full_page_writes === 'off') {
    const advice = 'Set full_page_writes = on, unless the file system itself never tears a page.'
    return bad(topic, 'full_page_writes off: a crash of the machine may leave half a page', advice)
  }
  if (synchronous_commit === 'off') {
    const advice = 'Set synchronous_commit = on for this database if no acknowledged job may be lost.'
    return note(topic, 'synchronous_commit off: the disk has a commit moments later', advice)
  }
  const standby = synchronous_standby_names === '' ? '' : `, and at a standby (${synchronous_standby_names})`
  return good(topic, `synchronous_commit ${synchronous_commit}: what is acknowledged is on the disk${standby}`)
}

const ofStandby = (): Finding =>
  bad('role', 'this server is a standby, which takes no changes', 'Name its primary with --kitchen.')

/** Longer than statements of a web page or a report take. */
const HELD_MS_NOTE = 60_000
const HELD_MS_BAD = 3_600_000

/** Of what has no time: rows of so many transactions cannot be removed. */
const HELD_TRANSACTIONS_NOTE = 100_000
const HELD_TRANSACTIONS_BAD = 10_000_000

/** While a snapshot is held, no row that was deleted since can be removed; every queue in the database slows down. */
function ofHolders(holders: readonly SnapshotHolder[]): Finding {
  const levels = ['bad', 'note', 'good'] as const
  const worst = levels
    .map((level) => ({ level, holder: holders.find((each) => levelOf(each) === level) }))
    .find(({ holder }) => holder !== undefined)
  if (worst?.holder === undefined || worst.level === 'good') return good('snapshots', 'none is held for long')
  const { kind, name, state, held_ms, transactions } = worst.holder
  const age = held_ms === null ? `for ${formatCount(transactions)} transactions` : `for ${formatDuration(held_ms)}`
  return {
    topic: 'snapshots',
    level: worst.level,
    found: `${NOUNS[kind]} ${name} (${state}) keeps dead rows from being removed, ${age}`,
    advice: ENDINGS[kind](name),
  }
}

function levelOf({ held_ms, transactions }: SnapshotHolder): Finding['level'] {
  const [value, noteAt, badAt] =
    held_ms === null
      ? [transactions, HELD_TRANSACTIONS_NOTE, HELD_TRANSACTIONS_BAD]
      : [held_ms, HELD_MS_NOTE, HELD_MS_BAD]
  if (value >= badAt) return 'bad'
  return value >= noteAt ? 'note' : 'good'
}

const NOUNS: Readonly<Record<SnapshotHolder['kind'], string>> = {
  session: 'the transaction of session',
  prepared: 'the prepared transaction',
  slot: 'the replication slot',
}

const quoted = (text: string): string => `'${text.replaceAll("'", "''")}'`

const ENDINGS: Readonly<Record<SnapshotHolder['kind'], (name: string) => string>> = {
  session: (pid) =>
    `End it, or give its role an idle_in_transaction_session_timeout: SELECT pg_terminate_backend(${pid})`,
  prepared: (gid) => `COMMIT PREPARED or ROLLBACK PREPARED ${quoted(gid)}`,
  slot: (name) => `If nobody needs it any more: SELECT pg_drop_replication_slot(${quoted(name)})`,
}

const GIB = 1024 ** 3

function ofKeptLog(kept: KeptLog | undefined): Finding {
  if (kept === undefined || kept.bytes < GIB) return good('log', 'no idle replication slot keeps much of it')
  const found = `the idle replication slot ${kept.slot_name} keeps ${formatBytes(kept.bytes)} of it`
  const advice = `It fills the disk. If nobody needs it any more: SELECT pg_drop_replication_slot(${quoted(kept.slot_name)})`
  return kept.bytes < 10 * GIB ? note('log', found, advice) : bad('log', found, advice)
}

/** More dead rows than these, and than live ones, and every scan of the table is mostly over the dead. */
const DEAD_NOTE = 1_000_000
const DEAD_BAD = 20_000_000

function ofVacuum({ autovacuum, track_counts }: ServerFacts, tables: readonly TableState[]): Finding {
  const topic = 'vacuum'
  if (autovacuum === 'off' || track_counts === 'off') {
    const advice = 'Set autovacuum = on and track_counts = on: dead rows pile up, and every take slows down.'
    return bad(topic, 'autovacuum is off on this server', advice)
  }
  const off = tables.find(({ is_off }) => is_off)
  if (off) return bad(topic, `autovacuum is off for ${off.name}`, `ALTER TABLE ${off.name} RESET (autovacuum_enabled)`)
  const worst = tables.find(({ dead, live }) => dead > DEAD_NOTE && dead > live)
  if (worst === undefined) return good(topic, 'autovacuum keeps up')
  const when = worst.vacuumed_ms === null ? 'never vacuumed' : `vacuumed ${formatDuration(worst.vacuumed_ms)} ago`
  const found = `${worst.name} has ${inMillions(worst.dead)} dead rows beside ${inMillions(worst.live)} live ones, ${when}`
  const advice = 'Look for held snapshots first; then give autovacuum more to spend (autovacuum_vacuum_cost_limit).'
  return worst.dead > DEAD_BAD ? bad(topic, found, advice) : note(topic, found, advice)
}

const inMillions = (count: number): string => `${(count / 1_000_000).toFixed(1)} million`

/** The server stops taking commands at 2 billion less 3 million (PostgreSQL manual, "Preventing Transaction ID Wraparound Failures"). */
const FROZEN_NOTE = 500_000_000
const FROZEN_BAD = 1_500_000_000

function ofTransactionIds({ frozen_age }: ServerFacts): Finding {
  const found = `the oldest row is ${formatCount(frozen_age)} transactions old`
  const advice = 'Vacuum must freeze old rows before the server stops: end held snapshots, then VACUUM the database.'
  if (frozen_age > FROZEN_BAD) return bad('transaction ids', found, advice)
  return frozen_age > FROZEN_NOTE ? note('transaction ids', found, advice) : good('transaction ids', found)
}

const CONNECTIONS_NOTE = 0.8

function ofConnections({ connections, connections_max }: ServerFacts): Finding {
  const found = `${connections} of ${connections_max}`
  if (connections <= CONNECTIONS_NOTE * connections_max) return good('connections', found)
  return note(
    'connections',
    found,
    'Raise max_connections, put a pooler in front, or give each worker fewer (pool in the URL).',
  )
}
