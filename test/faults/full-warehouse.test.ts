import assert from 'node:assert/strict'
import { readdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { toDuckdb, toFiles, toSqlite } from '#hob/index.js'
import type { ResultProcessor } from '#hob/rule/rule.js'
import { inScratchFolder } from '../cli/hob.js'
import { rejection } from '../laws/warehouse.js'
import { keysetRows, runOf } from '../support/keyset-rows.js'
import { writeParquet } from '../support/parquet-fixture.js'
import { hasSmallDisks, withSmallDisk } from '../support/small-disk.js'

const KINDS: readonly (readonly [name: string, make: (disk: string) => ResultProcessor])[] = [
  ['SQLite', (disk) => toSqlite({ file: join(disk, 'w.db'), mode: 'add' })],
  ['DuckDB', (disk) => toDuckdb({ file: join(disk, 'w.duckdb'), mode: 'add' })],
  ['files', (disk) => toFiles({ folder: join(disk, 'out'), format: 'jsonl' })],
]

// Only root may mount a small disk; elsewhere there is none to fill.
describe.skipIf(!hasSmallDisks)('a warehouse whose disk is full', () => {
  test.each(KINDS)('%s says so, keeps nothing of the run, and takes it when there is room', (_, make) =>
    inScratchFolder(async (folder) => {
      const disk = join(folder, 'disk')
      await withSmallDisk(disk, '24m', async () => {
        const file = join(folder, 'rows.parquet')
        const rows = Array.from({ length: 20_000 }, (_, at) => [`${at} ${'x'.repeat(300)}`, 1])
        const keyset = keysetRows({ key: ['last'], values: { count: 'integer' }, rows, file })
        await writeParquet(file, keyset.columns, rows)
        const ballast = join(disk, 'ballast')
        await writeFile(ballast, Buffer.alloc(22 * 2 ** 20))
        const { write } = make(disk)
        const error = await rejection(write([keyset], runOf('n@1')))
        assert.match(error.message, /no room is left/)
        assert.match(error.hint ?? '', /disk space/)
        await rm(ballast)
        await write([keyset], runOf('n@1'))
        await write([keyset], runOf('n@1'))
        const left = await readdir(join(disk, 'out')).catch(() => [])
        assert.ok(left.every((name) => !name.endsWith('.part')))
      })
    }),
  )
})
