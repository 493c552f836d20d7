import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { test } from 'vitest'
import { openPostgres } from '#hob/broker/postgres/open.js'
import { sqlOf } from '#hob/broker/postgres/sql.js'
import { sharedPostgresUrl } from '../support/servers/shared.js'

/** Statements that people ask for, and that say how long they may take: they read a queue, or all. */
const WIDE = ['readAll', 'errors']

/** Nodes of a plan, with what they read. */
interface Plan {
  readonly 'Node Type': string
  readonly 'Relation Name'?: string
  readonly 'Index Cond'?: string
  readonly 'TID Cond'?: string
  readonly Plans?: readonly Plan[]
}

function* nodesOf(plan: Plan): Generator<Plan> {
  yield plan
  for (const below of plan.Plans ?? []) yield* nodesOf(below)
}

const BIG = ['job', 'line', 'history', 'attempt', 'job_key', 'record', 'tally', 'lease']

/** A scan that reads a big table from one end to the other: by no index, or by one without a condition. */
function isCostly(node: Plan): boolean {
  const type = node['Node Type']
  const isBig = BIG.includes(node['Relation Name'] ?? '') && type !== 'Bitmap Heap Scan'
  const isScan = (isBig && /Scan$/.test(type)) || type === 'Bitmap Index Scan'
  return isScan && node['Index Cond'] === undefined && node['TID Cond'] === undefined
}

test('no statement of work reads a table whole, with millions of rows as with none', async () => {
  const schema = `plans_${randomUUID().replaceAll('-', '').slice(0, 20)}`
  const url = await sharedPostgresUrl()
  await (await openPostgres({ url: `${url}?schema=${schema}`, create: true })).close()
  const client = new pg.Client({
    connectionString: url,
    options:
      '-c enable_seqscan=off -c enable_bitmapscan=off -c enable_hashjoin=off -c enable_mergejoin=off -c plan_cache_mode=force_generic_plan',
  })
  await client.connect()
  try {
    for (const rows of [0, 20_000]) {
      await client.query(fill(schema, rows))
      const costly: string[] = []
      for (const [name, { text }] of Object.entries(sqlOf(schema))) {
        if (WIDE.includes(name)) continue
        for (const node of (await planOf(client, text)).filter(isCostly)) {
          costly.push(`${name}: ${node['Node Type']} on ${node['Relation Name']}`)
        }
      }
      assert.deepEqual(costly, [], `with ${rows} rows`)
    }
  } finally {
    await client.query(`DROP SCHEMA ${schema} CASCADE`)
    await client.end()
  }
})

/** The generic plan, as a connection keeps it, whatever the values. */
async function planOf(client: pg.Client, text: string): Promise<Plan[]> {
  const count = Math.max(
    0,
    ...[...text.replace(/--.*$/gm, '').matchAll(/\$(\d+)/g)].map(([, number]) => Number(number)),
  )
  await client.query(`PREPARE planned AS ${text.replace(/;\s*$/, '')}`)
  const values = count === 0 ? '' : `(${Array.from({ length: count }, () => 'NULL').join(', ')})`
  const { rows } = await client.query<{ 'QUERY PLAN': { Plan: Plan }[] }>(
    `EXPLAIN (FORMAT JSON) EXECUTE planned${values}`,
  )
  await client.query('DEALLOCATE planned')
  return rows.flatMap((row) => row['QUERY PLAN'].flatMap(({ Plan }) => [...nodesOf(Plan)]))
}

const fill = (schema: string, rows: number): string => `
  INSERT INTO ${schema}.job (id, due_ms, sent_ms, queue_id, rank, priority, payload)
    SELECT n, n, n, 1 + n % 2, 0, 0, '{}' FROM generate_series(1, ${rows}) AS n;
  INSERT INTO ${schema}.line SELECT queue_id, 0, due_ms, id FROM ${schema}.job;
  INSERT INTO ${schema}.history (id, due_ms, sent_ms, started_ms, settled_ms, epoch, queue_id, failures, traces, state, rank,
    priority, crashes, node, payload)
    SELECT -n, n, n, n, n, 1, 1 + n % 2, 0, 0, 3 + n % 3, 0, 0, 0, 'a', '{}' FROM generate_series(1, ${rows}) AS n;
  INSERT INTO ${schema}.tally (queue_id, id, second) SELECT 1 + n % 2, n, n FROM generate_series(1, ${rows}) AS n;
  INSERT INTO ${schema}.record SELECT 'k' || n, '1', n FROM generate_series(1, ${rows}) AS n;
  ANALYZE ${BIG.map((table) => `${schema}.${table}`).join(', ')}`
