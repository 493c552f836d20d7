import assert from 'node:assert/strict'
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished, test } from 'vitest'
import { keepTemporary, removeLeftTemporary, temporaryFolder } from '#hob/queue/temporary-folder.js'
import { until } from '../support/until.js'

const MODULE = new URL('../../dist/queue/temporary-folder.js', import.meta.url).href

/** Makes two, keeps the second, tells where they are, and waits. */
const PROGRAM = `
import { mkdirSync, writeFileSync } from 'node:fs'
import { keepTemporary, temporaryFolder } from '${MODULE}'
const [left, kept] = [await temporaryFolder('runs', process.argv[1]), await temporaryFolder('runs', process.argv[1])]
mkdirSync(left + '/run/map', { recursive: true })
writeFileSync(left + '/run/map/file', 'x')
await keepTemporary(kept)
console.log(JSON.stringify({ left, kept }))
setInterval(() => {}, 1_000)
`

async function inFolder(work: (parent: string) => Promise<void>): Promise<void> {
  const parent = await mkdtemp(join(tmpdir(), 'test-'))
  try {
    await work(parent)
  } finally {
    await rm(parent, { recursive: true })
  }
}

test('what a killed process left is removed by the next; what it kept, or what lives, is not', () =>
  inFolder(async (parent) => {
    const other = spawn(process.execPath, ['--input-type=module', '-e', PROGRAM, parent], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    onTestFinished(() => void other.kill('SIGKILL'))
    const [told] = await once(other.stdout, 'data')
    const { left, kept } = JSON.parse(String(told))
    const ours = await temporaryFolder('runs', parent)
    for (const strange of ['hob-strange', 'hob-cut', 'else']) await mkdir(join(parent, strange))
    await writeFile(join(parent, 'hob-cut', '.owner'), '{"pid":')
    const others = [kept, ours, ...['hob-strange', 'hob-cut', 'else'].map((name) => join(parent, name))]
    await removeLeftTemporary(parent)
    for (const path of [left, ...others]) assert.ok(existsSync(path), path)

    other.kill('SIGKILL')
    await once(other, 'exit')
    await temporaryFolder('rule', parent)
    await until('it is removed', () => !existsSync(left))
    await removeLeftTemporary(parent)
    for (const path of others) assert.ok(existsSync(path), path)
  }))

test('one whose owner cannot be written is not left behind', () =>
  inFolder(async (parent) => {
    const program = `import { temporaryFolder } from '${MODULE}'; await temporaryFolder('runs', process.argv[1])`
    const args = ['-c', 'ulimit -f 0; exec "$0" "$@"', process.execPath, '--input-type=module', '-e', program, parent]
    const { stderr } = spawnSync('sh', args, { encoding: 'utf8' })
    assert.match(stderr, /EFBIG/)
    assert.deepEqual(await readdir(parent), [])
  }))

test('one that is kept has nothing of ours in it', () =>
  inFolder(async (parent) => {
    const path = await temporaryFolder('runs', parent)
    await keepTemporary(path)
    assert.deepEqual(await readdir(path), [])
  }))
