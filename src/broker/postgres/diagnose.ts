import { KitchenError } from '../../core/errors.js'
import { CRASHES_MAX } from '../../core/limits.js'
import type { QueueSummary } from '../control.js'
import {
  bad,
  type Diagnosis,
  type Examination,
  type Finding,
  good,
  note,
  queuesToLookInto,
  SET_ASIDE_LOOK_MAX,
  SET_ASIDE_TOLD_MAX,
} from '../diagnosis.js'
import type { JobId } from '../job-store.js'
import { textArray } from './arrays.js'
import { isDamage, sqlState } from './errors.js'
import {
  type KeptLog,
  postgresFindings,
  type ServerFacts,
  type SnapshotHolder,
  survivesOn,
  type TableState,
} from './health.js'
import type { Reader } from './reader.js'
import { toStored } from './text.js'

/** As long as it takes to read a terabyte from a common disk. */
const DEEP_MS_MAX = 3 * 3_600_000

/**
 * What PostgreSQL tells of itself and of a kitchen. Reads the server's own views, which wait for no lock, and the ends of
 * indexes; with `deep` every row.
 */
export async function diagnose(
  reader: Reader,
  queues: readonly QueueSummary[],
  { deep }: Examination,
): Promise<Diagnosis> {
  const [server] = await reader.rows<ServerFacts>('serverFacts')
  if (server === undefined) throw new Error('a statement without FROM answered no row')
  const [keptLog] = await reader.rows<KeptLog>('keptLog')
  const holders = await reader.rows<SnapshotHolder>('snapshotHolders')
  const tables = await reader.rows<TableState>('vacuumLag')
  return {
    survives: survivesOn(server),
    findings: [
      ...postgresFindings({ server, keptLog, holders, tables }),
      ...(deep ? [await readAll(reader, server)] : []),
    ],
    setAside: await setAside(reader, queues),
  }
}

async function readAll(reader: Reader, { data_checksums }: ServerFacts): Promise<Finding> {
  try {
    const { length } = await reader.use((link, sql) =>
      link.transaction(async () => {
        // Our sessions have settings for short statements that go by an index.
        await link.script('SET LOCAL statement_timeout = 0; SET LOCAL enable_seqscan = on')
        return link.rows(sql.readAll, [], DEEP_MS_MAX)
      }),
    )
    const found = `every row of ${length} tables was read`
    if (data_checksums === 'on') return good('integrity', `${found}, and the checksums of their pages`)
    const advice = 'With checksums it would be seen, too: pg_checksums --enable, while the server is stopped.'
    return note('integrity', `${found}; damage that can still be read is not seen`, advice)
  } catch (error) {
    const { cause } = error instanceof KitchenError ? error : {}
    if (!isDamage(cause)) throw error
    return bad('integrity', `the database is damaged (${sqlState(cause)})`, 'Look into the log of the server.')
  }
}

async function setAside(reader: Reader, queues: readonly QueueSummary[]): Promise<readonly JobId[]> {
  const names = queuesToLookInto(queues, ({ counts }) => counts.error).map(({ queue }) => toStored(queue))
  if (names.length === 0) return []
  const values = [textArray(names), SET_ASIDE_LOOK_MAX, CRASHES_MAX, SET_ASIDE_TOLD_MAX]
  const rows = await reader.rows<{ readonly id: number }>('setAside', values)
  return rows.map(({ id }) => String(id))
}
