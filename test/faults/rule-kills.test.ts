import assert from 'node:assert/strict'
import { afterEach, describe, test } from 'vitest'
import { RunFarm } from '../support/rule/run-farm.js'
import { endAll, startFixture } from '../support/running.js'
import { until } from '../support/until.js'

/** The rule kills its process where KILL_AT says; its processor keeps the run's id in the transaction of its rows. */
const SHOP = `
import Database from 'better-sqlite3'
import { appendFileSync, statSync } from 'node:fs'
import { jsonLines, rule } from 'hob'

const inits = new URL('./inits', import.meta.url).pathname
const die = (step) => process.env.KILL_AT === step && process.kill(process.pid, 'SIGKILL')

const warehouse = {
  name: 'shop',
  async write([sales], run) {
    die('before the warehouse')
    const db = new Database(new URL('./warehouse.db', import.meta.url).pathname, { timeout: 5000 })
    db.exec('CREATE TABLE IF NOT EXISTS sales (shop TEXT, amount INT); CREATE TABLE IF NOT EXISTS hob_runs (id TEXT PRIMARY KEY)')
    db.exec('BEGIN IMMEDIATE')
    if (db.prepare('INSERT OR IGNORE INTO hob_runs VALUES (?)').run(run.id).changes === 1) {
      const insert = db.prepare('INSERT INTO sales VALUES (?, ?)')
      for await (const rows of sales.batches()) for (const row of rows) insert.run(...row)
    }
    die('in the warehouse')
    db.exec('COMMIT')
    db.close()
    die('behind the warehouse')
  },
}

export default rule({
  name: 'sales',
  input: jsonLines(),
  sourceTags: 'incoming:sales',
  archive: true,
  partitions: 2,
  ruleInit: () => die('in ruleInit'),
  ruleCleanup: () => die('in ruleCleanup'),
  // By groups, the plan is the first to call functions; by rows, a map task.
  pure: process.env.KILL_AT !== 'in map by rows',
  mapInit: () => { appendFileSync(inits, '.'); if (statSync(inits).size === 2) die('in map by groups') },
  partsPreprocess: [(parts) => { if (parts.shop === 'b') { die('in plan'); die('in map by rows') } return parts }],
  partsPostprocess: [(parts) => { die(parts.shop === 'b' ? 'in reduce' : ''); return parts }],
  keyParts: ['shop'],
  valueParts: ['amount'],
  resultProcessor: warehouse,
})
`

/** By the rule's functions, by the events of its run, and by what was just committed. */
const STEPS: readonly string[] = [
  'began',
  'in ruleInit',
  'in plan',
  'map 0',
  'in map by rows',
  'in map by groups',
  'reduce 0',
  'in reduce',
  'finish 0',
  'committed saving',
  'before the warehouse',
  'in the warehouse',
  'behind the warehouse',
  'in ruleCleanup',
  'committed done',
]

const BLOBS = Array.from({ length: 6 }, (_, at) =>
  Array.from({ length: 20 }, (_row, row) => ({ shop: 'abc'[(at + row) % 3], amount: 1 + row })),
)

describe('a process that is killed in the middle of a run', () => {
  afterEach(endAll)

  test.each(STEPS)('%s: another goes on, and each blob is counted once', async (step) => {
    await using farm = await RunFarm.open(SHOP)
    await farm.push('incoming:sales', BLOBS)
    const started = await farm.start('sales', 'incoming:sales')
    assert.ok(started.kind === 'started')
    const args = [farm.kitchen.url, farm.store.url]
    const first = startFixture('run-worker', args, { cwd: farm.folder, env: { KILL_AT: step } })
    await until(`it has killed itself; ${first.out}${first.err}`, () => first.hasEnded)
    const { signal, out, err } = await first.ended
    assert.equal(signal, 'SIGKILL', `${out}${err}`)
    const second = startFixture('run-worker', args, { cwd: farm.folder })
    await until(
      `the run is done; ${second.out}${second.err}`,
      async () => (await farm.run(started.run)).state === 'done',
    )
    await until('its folder is gone', async () => (await farm.runFolders()).length === 0)
    second.type('end\n')
    assert.equal((await second.ended).status, 0)
    assert.deepEqual(farm.rows('SELECT shop, sum(amount), count(*) FROM sales GROUP BY shop ORDER BY shop'), EXPECTED)
    assert.equal(await farm.countOf('processed:sales'), BLOBS.length)
    assert.equal((await farm.run(started.run)).attempt, 1)
  })
})

const EXPECTED = ['a', 'b', 'c'].map((shop) => {
  const amounts = BLOBS.flat().flatMap((row) => (row.shop === shop ? row.amount : []))
  return [shop, amounts.reduce((sum, amount) => sum + amount, 0), 1]
})
