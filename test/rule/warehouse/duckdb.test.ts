import { randomUUID } from 'node:crypto'
import { mkdirSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { toDuckdb } from '#hob/index.js'
import { Duck } from '#hob/rule/result/duck.js'
import { literal } from '#hob/rule/result/sql-text.js'
import { type WarehouseScratch, warehouseLaws } from '../../laws/warehouse.js'
import { keysetRows } from '../../support/keyset-rows.js'
import { writeParquet } from '../../support/parquet-fixture.js'
import { small } from './small.js'

async function openScratch(): Promise<WarehouseScratch> {
  const folder = await mkdtemp(join(tmpdir(), 'hob-warehouse-'))
  const file = join(folder, "deep's/warehouse.duckdb")
  const query = async (sql: string): Promise<readonly (readonly unknown[])[]> => {
    mkdirSync(dirname(file), { recursive: true })
    const duck = await Duck.open({ memoryBytes: 128 * 2 ** 20, threads: 1, folder })
    try {
      await duck.run(`attach ${literal(file)} as w`)
      await duck.run('use w')
      return await duck.all(sql)
    } finally {
      await duck.close()
    }
  }
  return {
    processor: (options) => toDuckdb({ file, ...options }),
    writer: { to: 'toDuckdb', options: { file } },
    async keyset(rows) {
      const parquet = join(folder, `${randomUUID()}.parquet`)
      const keyset = keysetRows({ ...rows, file: parquet })
      await writeParquet(parquet, keyset.columns, rows.rows)
      return keyset
    },
    async rows(table, order = '1') {
      const rows = await query(`select * from "${table.replaceAll('"', '""')}" order by ${order}`)
      return rows.map((row) => row.map(small))
    },
    async execute(sql) {
      await query(sql)
    },
    async tables() {
      return (await query('select table_name from duckdb_tables()')).map(([name]) => String(name))
    },
    dispose: () => rm(folder, { recursive: true }),
  }
}

warehouseLaws({
  name: 'duckdb',
  open: openScratch,
  lost: () => toDuckdb({ file: '/dev/null/warehouse.duckdb', mode: 'replace' }),
  nul: 'a\0b',
  nan: Number.NaN,
  makesTablesWithin: true,
})
