import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { test } from 'vitest'
import { openKitchen } from '#hob/index.js'

const LIBRARY = new URL('../../dist/index.js', import.meta.url).href

test('workers of one process that stop at once are all waited for', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'hob-several-'))
  try {
    // A file: what is given with -e is kept alive by Node itself.
    await writeFile(
      join(folder, 'stop.mjs'),
      `import { defineQueue, openKitchen } from '${LIBRARY}'
      const kitchen = await openKitchen('sqlite:hob.db')
      const idle = kitchen.workBatches(defineQueue({ name: 'idle' }), () => {})
      const busy = kitchen.work(defineQueue({ name: 'busy' }), () => {})
      const sent = await kitchen.queue('busy').send(1)
      await sent.result()
      // Nothing else keeps the process alive.
      await Promise.all([idle.stop(), busy.stop()])
      await kitchen.close()
      console.log('closed')`,
    )
    const ran = await promisify(execFile)(process.execPath, ['stop.mjs'], { cwd: folder })
    assert.equal(ran.stdout, 'closed\n')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('a worker of a closed kitchen says so as one does whose kitchen is closed later', async () => {
  const kitchen = await openKitchen('memory:')
  await kitchen.close()
  const worker = kitchen.queue('q').work(() => {})
  await assert.rejects(worker.finished, { code: 'closed' })
  await assert.rejects(worker.stop(), { code: 'closed' })
})
