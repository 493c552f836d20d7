import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Sqlite from 'better-sqlite3'
import { test } from 'vitest'
import { openSqlite } from '#hob/broker/sqlite/open.js'
import { statements } from '#hob/broker/sqlite/statements.generated.js'

/** The steps by which SQLite would carry out a statement. */
function planOf(database: Sqlite.Database, text: string): string[] {
  const code = text.replace(/--.*$/gm, '')
  const names = [...code.matchAll(/:(\w+)/g)].map(([, name]) => [name ?? '', 1])
  const values = names.length > 0 ? [Object.fromEntries(names)] : [...code.matchAll(/\?/g)].map(() => 1)
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${code}`).all(...values) as { detail: string }[]
  return rows.map(({ detail }) => detail)
}

async function withKitchen(look: (database: Sqlite.Database) => void): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hob-plans-'))
  const file = join(folder, 'hob.db')
  await (await openSqlite({ file, synchronous: 'full', create: true, nowMs: Date.now })).close()
  const database = new Sqlite(file, { readonly: true })
  try {
    look(database)
  } finally {
    database.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** Sorts what one queue has in some states, as people ask for it. */
const SORTING = ['idsOfQueue']

test('no statement walks over all jobs, or sorts them; a page of one queue sorts its own', () =>
  withKitchen((database) => {
    for (const [name, text] of Object.entries(statements)) {
      const costly = planOf(database, text).filter(
        (step) =>
          /SCAN (job|attempt|record|topic)\b/.test(step) || (/TEMP B-TREE/.test(step) && !SORTING.includes(name)),
      )
      assert.deepEqual(costly, [], `the statement ${name}`)
    }
  }))

test('no statement is planned anew each time that it is bound', () => {
  // SQLite looks at the value of a bare parameter of LIMIT when it plans: 8 µs where the statement itself took half of one.
  for (const [name, text] of Object.entries(statements)) {
    assert.doesNotMatch(
      text.replace(/--.*$/gm, ''),
      /LIMIT (\?|:\w+\b)(?! \+ 0)/,
      `the statement ${name}: write LIMIT ? + 0`,
    )
  }
})

test('the jobs of one queue are found by its own indexes', () =>
  withKitchen((database) => {
    for (const text of [statements.idsOfQueue, statements.oldestReady]) {
      const searches = planOf(database, text).filter((step) => /^SEARCH job\b/.test(step))
      assert.ok(searches.length > 0)
      for (const search of searches)
        assert.match(search, /INDEX job_\w+ \(queue_id=\?|^SEARCH job USING INTEGER PRIMARY KEY \(rowid=\?\)/)
    }
  }))

test('what ended too long ago is found by its end, without a look at what stays', () =>
  withKitchen((database) => {
    const [search] = planOf(database, statements.countOld).filter((step) => step.includes('job'))
    assert.equal(search, 'SEARCH job USING COVERING INDEX job_ended (queue_id=? AND state=? AND settled_ms<?)')
  }))
