import { existsSync, mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { toSqlite } from '#hob/index.js'
import { type WarehouseScratch, warehouseLaws } from '../../laws/warehouse.js'
import { keysetRows } from '../../support/keyset-rows.js'
import { small } from './small.js'

async function openScratch(): Promise<WarehouseScratch> {
  const folder = await mkdtemp(join(tmpdir(), 'hob-warehouse-'))
  const file = join(folder, 'deep/warehouse.db')
  const own = join(folder, 'deep')
  const use = <T>(work: (db: Database.Database) => T): T => {
    const db = new Database(existsSync(own) ? file : ':memory:')
    try {
      return work(db)
    } finally {
      db.close()
    }
  }
  return {
    processor: (options) => toSqlite({ file, ...options }),
    writer: { to: 'toSqlite', options: { file } },
    keyset: async (rows) => keysetRows(rows),
    async rows(table, order = '1') {
      return use((db) =>
        db
          .prepare<[], unknown[]>(`select * from "${table.replaceAll('"', '""')}" order by ${order}`)
          .raw()
          .safeIntegers()
          .all()
          .map((row) => row.map(small)),
      )
    },
    async execute(sql) {
      mkdirSync(own, { recursive: true })
      use((db) => db.exec(sql))
    },
    async tables() {
      return use((db) => db.prepare<[], string>('select name from sqlite_master').pluck().all())
    },
    dispose: () => rm(folder, { recursive: true }),
  }
}

warehouseLaws({
  name: 'sqlite',
  open: openScratch,
  lost: () => toSqlite({ file: '/dev/null/warehouse.db', mode: 'replace' }),
  nul: 'a\0b',
  nan: null,
  makesTablesWithin: true,
})
