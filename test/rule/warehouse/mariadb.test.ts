import { randomUUID } from 'node:crypto'
import mysql from 'mysql2/promise'
import { toMysql } from '#hob/index.js'
import { type WarehouseScratch, warehouseLaws } from '../../laws/warehouse.js'
import { keysetRows } from '../../support/keyset-rows.js'
import { sharedMariadbUrl } from '../../support/servers/shared.js'
import { small } from './small.js'

async function openScratch(): Promise<WarehouseScratch> {
  const server = await sharedMariadbUrl()
  const database = `laws_${randomUUID().replaceAll('-', '')}`
  const url = new URL(`/${database}`, server).href
  const connection = await mysql.createConnection({
    uri: server,
    charset: 'utf8mb4',
    rowsAsArray: true,
    typeCast: (field, next) => {
      if (field.type !== 'LONGLONG') return next()
      const text = field.string()
      return text === null ? null : small(BigInt(text))
    },
  })
  await connection.query(`create database ${database}`)
  await connection.query(`use ${database}`)
  await connection.query("set sql_mode = 'ANSI_QUOTES'")
  return {
    processor: (options) => toMysql({ url, ...options }),
    writer: { to: 'toMysql', options: { url } },
    keyset: async (rows) => keysetRows(rows),
    async rows(table, order = '1') {
      const sql = `select * from "${table.replaceAll('"', '""')}" order by ${order}`
      return (await connection.query(sql))[0] as unknown[][]
    },
    async execute(sql) {
      await connection.query(sql.replaceAll('double precision', 'double'))
    },
    async tables() {
      return ((await connection.query('show tables'))[0] as unknown[][]).map(([name]) => String(name))
    },
    async dispose() {
      await connection.query(`drop database ${database}`)
      await connection.end()
    },
  }
}

warehouseLaws({
  name: 'mariadb',
  open: openScratch,
  lost: () => toMysql({ url: 'mysql://me:secret@127.0.0.1:9/warehouse', mode: 'replace', timeoutMs: 2_000 }),
  nul: 'a\0b',
  nan: null,
  makesTablesWithin: false,
})
