import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { test } from 'vitest'
import { hob, inScratchFolder } from '../cli/hob.js'
import { startHob } from '../support/running.js'
import { until } from '../support/until.js'

/** All files of a folder, as deep as they lie; none while it is not there. */
const filesIn = async (folder: string): Promise<readonly string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))

test('a chunk that is killed in the middle has tagged nothing, and left no half blob', () =>
  inScratchFolder(async (cwd) => {
    const lines = Array.from({ length: 20_000 }, (_, n) => `{"n":${n},"text":"${'x'.repeat(80)}"}\n`).join('')
    const command = ['blob', 'chunk', 'in:n', '--chunk-size', '256k']
    const chunk = startHob([...command, '-'], { cwd })
    // All but the end, so that it is in the middle of a blob, and waits for more.
    chunk.type(lines.slice(0, -1_000))
    const blobs = () => filesIn(join(cwd, '.hob/blobs/blobs'))
    const halves = () => filesIn(join(cwd, '.hob/blobs/tmp'))
    await until(
      'it is in the middle of a blob',
      async () => (await blobs()).length >= 5 && (await halves()).length === 1,
    )
    chunk.kill('SIGKILL')
    await chunk.ended

    for (const path of await blobs()) {
      const content = await readFile(path)
      assert.ok(path.endsWith(createHash('sha256').update(content).digest('hex').slice(0, 32)), path)
      assert.equal(content.at(-1), 0x0a)
    }
    assert.equal((await hob(['blob', 'ls'], { cwd })).out, 'there are no tags\n')
    assert.match((await hob(['blob', 'gc'], { cwd })).out, /^nothing to remove; \d+ kept\n$/)

    // Once more from the start: what is there already is the same.
    await writeFile(join(cwd, 'stdin'), lines)
    const again = await hob([...command, 'stdin'], { cwd })
    assert.equal(again.status, 0, again.err)
    assert.equal((await hob(['blob', 'cat', 'in:n'], { cwd })).out, lines)
    assert.equal((await hob(['blob', 'verify'], { cwd })).status, 0)
  }))

test('Ctrl-C ends a chunk with one line and leaves nothing behind', () =>
  inScratchFolder(async (cwd) => {
    const chunk = startHob(['blob', 'chunk', 'in:n', '-'], { cwd })
    chunk.type('{"n":1}\n')
    await until('it has begun a blob', async () => (await filesIn(join(cwd, '.hob/blobs/tmp'))).length === 1)
    chunk.kill('SIGINT')
    const { status, out, err } = await chunk.ended
    assert.deepEqual({ status, out, err }, { status: 130, out: '', err: 'hob: interrupted; nothing was tagged\n' })
    assert.deepEqual(await filesIn(join(cwd, '.hob/blobs/tmp')), [])
    assert.equal((await hob(['blob', 'ls'], { cwd })).out, 'there are no tags\n')
  }))
