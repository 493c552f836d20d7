import assert from 'node:assert/strict'
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test, vi } from 'vitest'
import { hob, inScratchFolder } from '../cli/hob.js'
import { module } from '../cli/rules.js'
import { hasSmallDisks, resizeDisk, withSmallDisk } from '../support/small-disk.js'

// Each of some commands takes a second where nothing else runs.
vi.setConfig({ testTimeout: 120_000 })

const KEYS = 100_000

/** A folder with a rule of so many keys, their lines, and a small disk. */
const withKeys = (size: string, work: (cwd: string, disk: string) => Promise<void>): Promise<void> =>
  inScratchFolder(async (cwd) => {
    await mkdir(join(cwd, 'rules'))
    const options = "input: jsonLines(), sourceTags: ['in'], archive: true, keyParts: ['id'], valueParts: ['n']"
    await writeFile(join(cwd, 'rules/keys.ts'), module(`rule({ name: 'keys', ${options} })`))
    const lines = Array.from({ length: KEYS }, (_, at) => `{"id":"the key with the number ${at}","n":${at}}\n`)
    await writeFile(join(cwd, 'keys.jsonl'), lines.join(''))
    const disk = join(cwd, 'disk')
    await withSmallDisk(disk, size, () => work(cwd, disk))
  })

const linesOf = (text: string): number => text.split('\n').length - 1

describe.skipIf(!hasSmallDisks)('a run of a rule whose disk is full', () => {
  // One is full in the map, the other where its files are grouped, or soon before.
  test.each(['1m', '4m'])('of %s says so, leaves nothing, and succeeds when there is room', (size) =>
    withKeys(size, async (cwd, TMPDIR) => {
      const run = () => hob(['rule', 'run', 'keys.keys', '-u', 'keys.jsonl'], { cwd, env: { TMPDIR } })
      const full = await run()
      assert.equal(full.status, 1, full.err)
      assert.equal(full.out, '')
      assert.match(full.err, /^hob: [^\n]*(no room left|the disk is full)[^\n]*\nMake room [^\n]*\n$/)
      assert.deepEqual(
        (await readdir(TMPDIR)).filter((name) => name !== 'jiti'),
        [],
      )
      resizeDisk(TMPDIR, '200m')
      const done = await run()
      assert.deepEqual([done.status, linesOf(done.out)], [0, KEYS + 1], done.err)
    }),
  )

  test('archives no blob, and counts each once when there is room', () =>
    withKeys('9m', async (cwd, disk) => {
      const env = { TMPDIR: disk, HOB_STORE: `file:${join(disk, 'blobs')}` }
      const pushed = await hob(['blob', 'chunk', 'in', 'keys.jsonl'], { cwd, env })
      assert.equal(pushed.status, 0, pushed.err)
      const run = () => hob(['rule', 'run', 'keys.keys'], { cwd, env })
      const tags = async () => (await hob(['blob', 'ls', '--json'], { cwd, env })).out
      const before = await tags()
      const full = await run()
      assert.equal(full.status, 1, full.err)
      assert.match(full.err, /(no room left|the disk is full)[^\n]*\nMake room /)
      assert.equal(await tags(), before)
      resizeDisk(disk, '200m')
      const done = await run()
      assert.deepEqual([done.status, linesOf(done.out)], [0, KEYS + 1], done.err)
      assert.match(await tags(), /"processed"/)
    }))
})
