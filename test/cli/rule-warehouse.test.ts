import assert from 'node:assert/strict'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { describe, test } from 'vitest'
import { hob, inScratchFolder } from './hob.js'

const MODULE = `import { count, jsonLines, rule, toSqlite } from 'hob'
export default [
  rule({
    name: 'last',
    input: jsonLines(),
    partsPreprocess: [count],
    keyParts: ['last'],
    valueParts: ['count', { max: 'age' }],
    table: 'names',
    resultProcessor: toSqlite({ file: 'warehouse.db', mode: 'replace' }),
  }),
]
`

const PEOPLE = '{"last":"Powell","age":3}\n{"last":"Simpson","age":1.5}\n{"last":"Powell"}\n'

/** A table by its rows. */
function rowsOf(cwd: string, table: string): readonly unknown[] {
  const db = new Database(join(cwd, 'warehouse.db'))
  try {
    return db.prepare<[], unknown[]>(`select * from ${table} order by 1`).raw().all()
  } finally {
    db.close()
  }
}

describe('hob rule run, with a warehouse', () => {
  test('writes there, and when the table has another shape keeps the result, to be written later, once', () =>
    inScratchFolder(async (cwd) => {
      await mkdir(join(cwd, 'rules'))
      await writeFile(join(cwd, 'rules/names.ts'), MODULE)
      await writeFile(join(cwd, 'people.json'), PEOPLE)
      const db = new Database(join(cwd, 'warehouse.db'))
      db.exec('create table names (last text not null primary key, age_max double)')
      const run = ['rule', 'run', 'names.last', '-u', 'people.json']

      const refused = await hob(run, { cwd })
      assert.notEqual(refused.status, 0)
      assert.match(
        refused.err,
        /table 'names' of warehouse\.db cannot take the result: it has no column 'count' \(integer\)/,
      )
      const [, kept = ''] = /--process-results (\S+)/.exec(refused.err) ?? []
      assert.notEqual(kept, '', refused.err)

      db.exec('alter table names add column count bigint')
      db.close()
      const later = await hob(['rule', 'run', 'names.last', '--process-results', kept], { cwd })
      assert.equal(later.status, 0, later.err)
      const rows = [
        ['Powell', 3, 2],
        ['Simpson', 1.5, 1],
      ]
      assert.deepEqual(rowsOf(cwd, 'names'), rows)
      assert.equal(rowsOf(cwd, 'hob_runs').length, 1)

      const again = await hob(run, { cwd })
      assert.equal(again.status, 0, again.err)
      assert.equal(again.out, '')
      assert.deepEqual(rowsOf(cwd, 'names'), rows)
      assert.equal(rowsOf(cwd, 'hob_runs').length, 2)
    }))
})
