import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import mysql from 'mysql2/promise'
import { describe, test } from 'vitest'
import type { RuleError } from '#hob/core/errors.js'
import { toMysql } from '#hob/index.js'
import type { TableOptions } from '#hob/rule/warehouse/table-options.js'
import { rejection, type WarehouseScratch, warehouseLaws } from '../../laws/warehouse.js'
import { keysetRows, type RowsForTest, runOf } from '../../support/keyset-rows.js'
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

describe('mariadb only', () => {
  const rows = { key: ['last'], values: { count: 'integer' }, rows: [['a', 1]] } as const

  async function scene(work: (scratch: WarehouseScratch) => Promise<void>): Promise<void> {
    const scratch = await openScratch()
    try {
      await work(scratch)
    } finally {
      await scratch.dispose()
    }
  }

  const fault = (scratch: WarehouseScratch, options: TableOptions, given: RowsForTest): Promise<RuleError> =>
    scratch.keyset(given).then((keyset) => rejection(scratch.processor(options).write([keyset], runOf('n@1'))))

  test('texts of a key share 768 characters; appended ones are of any length', () =>
    scene(async (scratch) => {
      const long = '😀'.repeat(384)
      const two = { key: ['a', 'b'], values: {}, rows: [[long.slice(0, 768), long]] } as const
      await scratch.processor({ mode: 'replace' }).write([await scratch.keyset(two)], runOf('n@0'))
      assert.deepEqual(await scratch.rows('names'), [[long, long]])
      const longer = { ...rows, table: 'other', rows: [['x'.repeat(769), 1]] }
      assert.match((await fault(scratch, { mode: 'replace' }, longer)).message, /too long/)
      await scratch
        .processor({ mode: 'append' })
        .write([await scratch.keyset({ ...longer, table: 'third' })], runOf('n@1'))
      assert.equal((await scratch.rows('third')).length, 1)
    }))

  test('a table whose key takes different texts for one, or that another key merges, is refused', () =>
    scene(async (scratch) => {
      const end = 'character set utf8mb4 collate utf8mb4_general_ci'
      await scratch.execute(`create table names (last varchar(100) not null primary key, count bigint) ${end}`)
      assert.match(
        (await fault(scratch, { mode: 'add' }, rows)).message,
        /no primary key \(last\) that compares byte by byte/,
      )
      await scratch.execute('alter table names convert to character set utf8mb4 collate utf8mb4_nopad_bin')
      await scratch.execute('alter table names add unique (count)')
      assert.match((await fault(scratch, { mode: 'add' }, rows)).message, /another unique key \(count\)/)
      await scratch.execute('alter table names drop index count, engine = Aria')
      assert.match((await fault(scratch, { mode: 'add' }, rows)).message, /only InnoDB writes all or nothing/)
      await scratch.execute('alter table names engine = InnoDB')
      await scratch.processor({ mode: 'add' }).write([await scratch.keyset(rows)], runOf('n@1'))
      assert.deepEqual(await scratch.rows('names'), [['a', 1]])
    }))

  test('who is denied, and who waits too long for a lock, hears it', () =>
    scene(async (scratch) => {
      const url = new URL(String(scratch.writer.options.url))
      url.username = 'nobody'
      url.password = 'secret'
      const keyset = await scratch.keyset(rows)
      const denied = await rejection(toMysql({ url: url.href, mode: 'add' }).write([keyset], runOf('n@1')))
      assert.match(denied.message, /refuses to let us in/)
      assert.doesNotMatch(`${denied.message} ${denied.hint}`, /secret/)
      const { write } = scratch.processor({ mode: 'add', timeoutMs: 1_000 })
      await write([keyset], runOf('n@1'))
      await scratch.execute('start transaction')
      await scratch.execute('update names set count = 5')
      assert.match((await rejection(write([keyset], runOf('n@2')))).message, /others hold a lock/)
      await scratch.execute('commit')
      await write([keyset], runOf('n@2'))
      assert.deepEqual(await scratch.rows('names'), [['a', 6]])
    }))
})
