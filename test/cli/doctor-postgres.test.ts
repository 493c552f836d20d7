import assert from 'node:assert/strict'
import { Client } from 'pg'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { PostgresServer } from '../support/servers/postgres.js'
import { type Ended, hob, inScratchFolder } from './hob.js'

let server: PostgresServer
let hand: Client
beforeAll(async () => {
  server = await PostgresServer.start({ settings: { max_prepared_transactions: '2' } })
  hand = await connect()
  await inScratchFolder(async (cwd) => {
    await hob(['load', '-k', server.url, '-'], { cwd, input: 'one\n' })
  })
})
afterAll(async () => {
  await hand.end()
  await server.dispose()
})

async function connect(): Promise<Client> {
  const client = new Client({ connectionString: server.url })
  await client.connect()
  return client
}

const doctor = async (args: readonly string[] = [], url = server.url): Promise<Ended> => {
  let ended: Ended | undefined
  await inScratchFolder(async (cwd) => {
    ended = await hob(['doctor', '-k', url, ...args], { cwd })
  })
  return ended ?? assert.fail()
}

/** What the doctor says of a server with these settings; they are put back. */
async function under(settings: Readonly<Record<string, string>>): Promise<Ended> {
  const reload = async (statements: readonly string[]) => {
    for (const statement of statements) await hand.query(statement)
    await hand.query('SELECT pg_reload_conf()')
    // The postmaster tells its children in a moment; ours knows when it has heard.
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  await reload(Object.entries(settings).map(([name, value]) => `ALTER SYSTEM SET ${name} = '${value}'`))
  try {
    return await doctor()
  } finally {
    await reload(Object.keys(settings).map((name) => `ALTER SYSTEM RESET ${name}`))
  }
}

describe('hob doctor of a kitchen on PostgreSQL', () => {
  test('of a server as it comes: all is well, also when every row is read', async () => {
    const { out, err, status } = await doctor(['--deep'])
    assert.deepEqual([status, err], [0, ''])
    assert.match(out, /^ok {4}kitchen +postgres, schema \d+, at .*127\.0\.0\.1/)
    assert.match(out, /\nok {4}engine +PostgreSQL \d+/)
    assert.match(out, /\nok {4}durability +synchronous_commit on/)
    assert.match(out, /\n(ok {2}|note) {2}integrity +every row of \d+ tables was read/)
    assert.match(out, /\n\nAn acknowledged job survives a crash of the server, and a power cut\.\n$/)
  })

  test('tells settings by which jobs may be lost', async () => {
    const late = await under({ synchronous_commit: 'off' })
    assert.equal(late.status, 0)
    assert.match(late.out, /\nnote {2}durability +synchronous_commit off/)
    assert.match(late.out, /may take the last moments\.\n$/)
    const reckless = await under({ fsync: 'off', autovacuum: 'off' })
    assert.equal(reckless.status, 1)
    assert.match(reckless.out, /\nBAD {3}durability +fsync off.*\n +Set fsync = on/)
    assert.match(reckless.out, /\nBAD {3}vacuum +autovacuum is off on this server\n/)
    assert.match(reckless.out, /may destroy the whole database\.\n$/)
  })

  test('is an error in one line where there is no kitchen, and where there is no database; it makes neither', async () => {
    const kitchen = await doctor([], `${server.url}?schema=elsewhere`)
    assert.match(
      kitchen.err,
      /^hob: there is no kitchen at .* \(schema elsewhere\)\nName one that stands elsewhere [^\n]+\n$/,
    )
    const database = await doctor([], server.url.replace(/[^/]+$/, 'nowhere'))
    assert.match(database.err, /^hob: there is no such database: [^\n]+\nCreate it: createdb NAME\.\n$/)
    assert.deepEqual([kitchen.status, database.status], [3, 3])
    const { rows } = await hand.query("SELECT 1 FROM pg_namespace WHERE nspname = 'elsewhere'")
    assert.deepEqual(rows, [])
  })

  test('is an error in one line where there is no server, and shows no password', async () => {
    const { err, status } = await doctor([], 'postgres://me:secret@127.0.0.1:1/x')
    assert.equal(status, 3)
    assert.match(err, /^hob: cannot reach [^\n]+\n[^\n]+\n$/)
    assert.doesNotMatch(err, /secret/)
  })

  test('is an error in one line where a password is missing, or wrong', async () => {
    await hand.query("CREATE ROLE guarded LOGIN PASSWORD 'opensesame'")
    const missing = await doctor([], server.url.replace('hob@', 'guarded@'))
    assert.match(missing.err, /^hob: a password is needed for [^\n]+\nSet PGPASSWORD, or [^\n]+\n$/)
    const wrong = await doctor([], server.url.replace('hob@', 'guarded:abracadabra@'))
    assert.match(wrong.err, /^hob: the server refuses to let us in to [^\n]+\n[^\n]+\n$/)
    assert.deepEqual([missing.status, wrong.status], [3, 3])
    assert.doesNotMatch(missing.err + wrong.err, /opensesame|abracadabra/)
  })
})
