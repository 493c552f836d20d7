import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'

/** Sends a job and does it. */
const PROGRAM = `
import { openKitchen } from '${new URL('../../dist/index.js', import.meta.url).href}'
const kitchen = await openKitchen('sqlite:hob.db')
const queue = kitchen.queue('q')
await queue.send('hello')
let worker
const done = new Promise((resolve) => { worker = queue.work(({ payload }) => resolve(payload)) })
console.log(await done)
await worker.stop()
await kitchen.close()`

test.each([
  ['of a file', ['--max-old-space-size=500', 'program.mjs']],
  ['on the command line', ['--no-opt', '--input-type=module', '-e', PROGRAM]],
])('a program %s that was started with flags of V8 can work', (_, args) => {
  const folder = mkdtempSync(join(tmpdir(), 'hob-flags-'))
  try {
    writeFileSync(join(folder, 'program.mjs'), PROGRAM)
    const { stdout, stderr } = spawnSync(process.execPath, args, { cwd: folder, encoding: 'utf8' })
    assert.deepEqual([stdout, stderr], ['hello\n', ''])
  } finally {
    rmSync(folder, { recursive: true })
  }
})
