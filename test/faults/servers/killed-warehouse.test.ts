import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { toMysql, toPostgres } from '#hob/index.js'
import type { ResultProcessor } from '#hob/rule/rule.js'
import { rejection } from '../../laws/warehouse.js'
import { keysetRows, runOf } from '../../support/keyset-rows.js'
import { MariadbServer } from '../../support/servers/mariadb.js'
import { PostgresServer } from '../../support/servers/postgres.js'
import type { Server } from '../../support/servers/server.js'

interface Kind {
  readonly name: string
  start(): Promise<Server>
  processor(url: string): ResultProcessor
}

const KINDS: readonly Kind[] = [
  {
    name: 'PostgreSQL',
    start: () => PostgresServer.start(),
    processor: (url) => toPostgres({ url, mode: 'add', timeoutMs: 2_000 }),
  },
  {
    name: 'MariaDB',
    start: () => MariadbServer.start({ settings: { 'innodb-flush-log-at-trx-commit': '1' } }),
    processor: (url) => toMysql({ url, mode: 'add', timeoutMs: 2_000 }),
  },
]

const ROWS = 40_000

/** Rows that call back at half of them. */
function rowsWith(onHalf: () => unknown) {
  function* rows() {
    for (let at = 0; at < ROWS; at++) {
      if (at === ROWS / 2) onHalf()
      yield [`k${at}`, 1]
    }
  }
  return keysetRows({ key: ['last'], values: { count: 'integer' }, rows: { [Symbol.iterator]: rows } })
}

describe.each(KINDS)('a warehouse in $name', ({ start, processor }) => {
  test('that is killed, or freezes, in the middle of a write is told in bounded time; the next write writes all, once', async () => {
    const server = await start()
    try {
      const { write } = processor(server.url)
      await write([rowsWith(() => {})], runOf('n@1'))
      const killed = await rejection(write([rowsWith(() => void server.kill())], runOf('n@2')))
      assert.match(killed.message, /cannot reach|stops/)
      await rejection(write([rowsWith(() => {})], runOf('n@2')))
      await server.restart()
      const since = performance.now()
      const frozen = await rejection(write([rowsWith(() => server.pause())], runOf('n@2')))
      assert.match(frozen.message, /cannot reach/)
      assert.ok(performance.now() - since < 15_000)
      server.resume()
      await write([rowsWith(() => {})], runOf('n@2'))
      await write([rowsWith(() => {})], runOf('n@2'))
      assert.deepEqual(await sumOf(server), [String(ROWS), String(2 * ROWS)])
    } finally {
      await server.dispose()
    }
  })
})

async function sumOf(server: Server): Promise<readonly string[]> {
  const sql = 'select count(*) as rows_there, sum(count) as total from names'
  if (server instanceof PostgresServer) {
    const { default: pg } = await import('pg')
    const client = new pg.Client({ connectionString: server.url })
    await client.connect()
    const { rows } = await client.query<string[]>({ text: sql, rowMode: 'array' })
    await client.end()
    return (rows[0] ?? []).map(String)
  }
  const { default: mysql } = await import('mysql2/promise')
  const connection = await mysql.createConnection({ uri: server.url, rowsAsArray: true })
  const [rows] = await connection.query(sql)
  await connection.end()
  return ((rows as unknown[][])[0] ?? []).map(String)
}
