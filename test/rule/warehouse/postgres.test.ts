import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { toPostgres } from '#hob/index.js'
import { type WarehouseScratch, warehouseLaws } from '../../laws/warehouse.js'
import { keysetRows } from '../../support/keyset-rows.js'
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
