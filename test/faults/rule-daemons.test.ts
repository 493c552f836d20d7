import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { afterEach, test } from 'vitest'
import { hob } from '../cli/hob.js'
import { RulesFarm } from '../support/rules-farm.js'
import { endAll } from '../support/running.js'
import { until } from '../support/until.js'

afterEach(endAll)

const ADDING = `import { count, jsonLines, rule, toSqlite } from 'hob'
export default [1, 2, 3].map((at) =>
  rule({
    name: 'r' + at, sourceTags: 'incoming:' + at, archive: true, timeDelta: { seconds: 0 }, maxBlobs: 3, input: jsonLines(),
    partsPreprocess: [count], keyParts: ['last'], valueParts: ['count'], table: 'names' + at,
    resultProcessor: toSqlite({ file: 'warehouse.db', mode: 'add' }),
  }))
`

/** Writes a line each time that it is called, and ends only when there is a file `go`. */
const WAITING = `import { appendFileSync, existsSync } from 'node:fs'
import { count, jsonLines, rule } from 'hob'
const resultProcessor = {
  name: 'slow',
  async write(results, run) {
    appendFileSync('writes', run.id + '\\n')
    while (!existsSync('go')) await new Promise((resolve) => setTimeout(resolve, 50))
  },
}
export default [
  rule({
    name: 'last', sourceTags: 'incoming:names', archive: true, timeDelta: { seconds: 0 }, input: jsonLines(),
    partsPreprocess: [count], keyParts: ['last'], valueParts: ['count'], resultProcessor,
  }),
]
`

const LINES = '{"last":"Ito"}\n{"last":"Powell"}\n'

const historyOf = async (
  cwd: string,
  rule: string,
): Promise<readonly { readonly state: string; readonly blobs: number }[]> =>
  JSON.parse((await hob(['rule', 'history', rule, '-n', '1000', '--json'], { cwd })).out)

test('three daemons on one kitchen count each blob once', async () => {
  await using farm = await RulesFarm.open({ 'm.ts': ADDING })
  const { folder: cwd, kitchen } = farm
  await Promise.all([farm.daemon(), farm.daemon(), farm.daemon()])
  const blobs = 10
  // Whole content makes the name: each blob says who it is.
  for (let at = 0; at < blobs; at++) {
    const names = [1, 2, 3].map((rule) => [rule, `b${rule}-${at}`] as const)
    await Promise.all(
      names.map(([rule, name]) => farm.push(`incoming:${rule}`, [name], `${LINES}{"blob":"${name}"}\n`)),
    )
  }
  for (const rule of [1, 2, 3]) {
    await until(`all of r${rule} is archived`, async () => {
      const archived = await kitchen.broker.records(`tag/processed:${rule}/`, { countMax: 1_000 })
      return archived.length === blobs
    })
    const runs = await historyOf(cwd, `m.r${rule}`)
    assert.equal(
      runs.reduce((sum, run) => sum + run.blobs, 0),
      blobs,
    )
    const warehouse = new Database(join(cwd, 'warehouse.db'), { readonly: true })
    const rows = warehouse.prepare(`SELECT last, count FROM names${rule} ORDER BY last`).all()
    warehouse.close()
    assert.deepEqual(rows, [
      { last: 'Ito', count: blobs },
      { last: 'Powell', count: blobs },
    ])
  }
})

test('a daemon that is killed in a run leaves no block: another goes on with it, and with what comes after', async () => {
  await using farm = await RulesFarm.open({ 'm.ts': WAITING })
  const { folder: cwd } = farm
  const writes = async (): Promise<readonly string[]> =>
    (await readFile(join(cwd, 'writes'), 'utf8').catch(() => '')).split('\n').slice(0, -1)
  const first = await farm.daemon()
  await farm.push('incoming:names', ['one'], LINES)
  await until('the result is being written', async () => (await writes()).length === 1)
  first.kill('SIGKILL')
  await first.ended
  assert.match((await hob(['rule', 'why', 'last'], { cwd })).out, /^m\.last: interrupted: no process works at /)
  const second = await farm.daemon()
  await until('the other has it', async () => (await writes()).length === 2, { mostMs: 60_000 })
  await writeFile(join(cwd, 'go'), '')
  await until('it is archived', () => second.out.includes('Archived 1 blob to processed:names'))
  assert.match(second.out, /Going on with job m\.last@/)
  const ids = await writes()
  assert.equal(new Set(ids).size, 1)
  await farm.push('incoming:names', ['two'], LINES.replace('Ito', 'Ada'))
  await until('the next is archived', () => second.out.split('Archived ').length === 3)
  const runs = await historyOf(cwd, 'm.last')
  assert.deepEqual(
    runs.map(({ state, blobs }) => [state, blobs]),
    [
      ['done', 1],
      ['done', 1],
    ],
  )
})
