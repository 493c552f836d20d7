import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { describe, test } from 'vitest'
import { toPostgres } from '#hob/index.js'
import { rejection, type WarehouseScratch, warehouseLaws } from '../../laws/warehouse.js'
import { keysetRows, runOf } from '../../support/keyset-rows.js'
import { sharedPostgresUrl } from '../../support/servers/shared.js'
import { small } from './small.js'

const INT8 = 20

async function openScratch(): Promise<WarehouseScratch> {
  const url = await sharedPostgresUrl()
  const schema = `laws "${randomUUID()}`
  const quoted = `"${schema.replace('"', '""')}"`
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  await client.query(`create schema ${quoted}`)
  await client.query(`set search_path to ${quoted}`)
  client.setTypeParser(INT8, (text: string) => small(BigInt(text)))
  return {
    processor: (options) => toPostgres({ url, schema, ...options }),
    writer: { to: 'toPostgres', options: { url, schema } },
    keyset: async (rows) => keysetRows(rows),
    async rows(table, order = '1') {
      const text = `select * from "${table.replaceAll('"', '""')}" order by ${order}`
      return (await client.query<unknown[]>({ text, rowMode: 'array' })).rows
    },
    async execute(sql) {
      await client.query(sql)
    },
    async tables() {
      const { rows } = await client.query<{ name: string }>(
        'select table_name as name from information_schema.tables where table_schema = $1',
        [schema],
      )
      return rows.map(({ name }) => name)
    },
    async dispose() {
      await client.query(`drop schema ${quoted} cascade`)
      await client.end()
    },
  }
}

warehouseLaws({
  name: 'postgres',
  open: openScratch,
  lost: () => toPostgres({ url: 'postgres://me:secret@127.0.0.1:9/warehouse', mode: 'replace', timeoutMs: 2_000 }),
  nul: 'a\ufffdb',
  nan: Number.NaN,
  makesTablesWithin: true,
})

describe('postgres only', () => {
  test('a schema that is not there, a lock, and a role without rights are told', async () => {
    const scratch = await openScratch()
    const role = `reader_${randomUUID().slice(0, 8)}`
    try {
      const keyset = await scratch.keyset({ key: ['last'], values: { count: 'integer' }, rows: [['a', 1]] })
      const url = await sharedPostgresUrl()
      const { write } = scratch.processor({ mode: 'add', timeoutMs: 1_000 })
      const missing = toPostgres({ url, schema: 'no such', mode: 'add' }).write([keyset], runOf('n@1'))
      assert.match((await rejection(missing)).message, /no such schema/)
      await write([keyset], runOf('n@1'))
      await scratch.execute('begin')
      await scratch.execute('lock table names')
      assert.match((await rejection(write([keyset], runOf('n@2')))).message, /a statement took too long/)
      await scratch.execute('commit')
      await scratch.execute(`create role ${role} login`)
      const other = new URL(url)
      other.username = role
      const schema = String(scratch.writer.options.schema)
      const denied = toPostgres({ url: other.href, schema, mode: 'add' }).write([keyset], runOf('n@3'))
      assert.match((await rejection(denied)).message, /we may not do that/)
      await write([keyset], runOf('n@2'))
      assert.deepEqual(await scratch.rows('names'), [['a', 2]])
    } finally {
      await scratch.execute(`drop role if exists ${role}`)
      await scratch.dispose()
    }
  })
})
