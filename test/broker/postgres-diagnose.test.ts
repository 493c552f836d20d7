import assert from 'node:assert/strict'
import { Client } from 'pg'
import { afterAll, beforeAll, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import type { KeptLog, SnapshotHolder, TableState } from '#hob/broker/postgres/health.js'
import { sqlOf } from '#hob/broker/postgres/sql.js'
import { openBroker } from '#hob/engines.js'
import { PostgresServer } from '../support/servers/postgres.js'

const sql = sqlOf('hob')
let server: PostgresServer
let hand: Client
let broker: Broker

beforeAll(async () => {
  server = await PostgresServer.start({ settings: { max_prepared_transactions: '2' } })
  broker = await openBroker(server.url)
  hand = await connect()
})
afterAll(async () => {
  await hand.end()
  await broker.close()
  await server.dispose()
})

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: server.url, application_name: 'a report' })
  await client.connect()
  return client
}

const rowsOf = async <Row>({ text }: { text: string }): Promise<readonly Row[]> =>
  (await hand.query(text)).rows as readonly Row[]

test('whoever holds a snapshot or has written is seen with its state; who only looks once is not', async () => {
  const [reader, writer, looker] = [await connect(), await connect(), await connect()]
  try {
    await reader.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT 1')
    await writer.query('BEGIN; CREATE TABLE other ()')
    await looker.query('BEGIN; SELECT 1')
    const holders = await rowsOf<SnapshotHolder>(sql.snapshotHolders)
    assert.deepEqual(
      holders.map(({ kind, state }) => [kind, state]),
      [
        ['session', 'idle in transaction in a report'],
        ['session', 'idle in transaction in a report'],
      ],
    )
    assert.ok(holders.every(({ held_ms }) => held_ms !== null && Number(held_ms) >= 0))
  } finally {
    for (const client of [reader, writer, looker]) await client.end()
  }
})

test('a transaction that was prepared and forgotten is seen', async () => {
  await hand.query("BEGIN; CREATE TABLE other (); PREPARE TRANSACTION 'forgotten'")
  try {
    const [holder] = await rowsOf<SnapshotHolder>(sql.snapshotHolders)
    assert.deepEqual([holder?.kind, holder?.name], ['prepared', 'forgotten'])
  } finally {
    await hand.query("ROLLBACK PREPARED 'forgotten'")
  }
})

test('an idle slot is seen with what it keeps of the log', async () => {
  assert.deepEqual(await rowsOf<KeptLog>(sql.keptLog), [])
  await hand.query("SELECT pg_create_physical_replication_slot('idle', true)")
  await hand.query('CREATE TABLE other AS SELECT generate_series(1, 10000)')
  const [kept] = await rowsOf<KeptLog>(sql.keptLog)
  assert.equal(kept?.slot_name, 'idle')
  assert.ok(Number(kept?.bytes) > 100_000)
  await hand.query("SELECT pg_drop_replication_slot('idle')")
})

test('a table whose autovacuum was switched off is bad', async () => {
  await hand.query('ALTER TABLE hob.history SET (autovacuum_enabled = false)')
  const off = (await rowsOf<TableState>(sql.vacuumLag)).filter(({ is_off }) => is_off)
  assert.deepEqual(
    off.map(({ name }) => name),
    ['history'],
  )
  const findings = (await broker.diagnose({})).findings.filter(({ level }) => level === 'bad')
  assert.deepEqual(
    findings.map(({ topic, found }) => [topic, found]),
    [['vacuum', 'autovacuum is off for history']],
  )
  await hand.query('ALTER TABLE hob.history RESET (autovacuum_enabled)')
})
