import assert from 'node:assert/strict'
import { chmodSync, mkdirSync, readdirSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { describe, test, vi } from 'vitest'
import { openBlobStore } from '#hob/blob/open-blob-store.js'
import { BlobError } from '#hob/core/errors.js'
import { blobStoreLaws, bytesOf, nameOf, namesIn } from '../laws/blob-store.js'

blobStoreLaws({
  name: 'a folder',
  async open() {
    const folder = await mkdtemp(join(tmpdir(), 'hob-blobs-'))
    const store = await openBlobStore(`file:${join(folder, 'new/store')}`)
    return { store, reopen: () => openBlobStore(store.url), close: () => rm(folder, { recursive: true }) }
  },
})

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hob-blobs-'))
  try {
    await work(folder)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

const WEEK_MS = 7 * 86_400_000

const content = Buffer.from('content')
const name = nameOf(content)
// Whole seconds, which every file system keeps exactly.
const old = new Date(Math.floor(Date.now() / 1_000 - 3_600) * 1_000)

describe('a store in a folder', () => {
  test('is named by a URL with or without slashes', () =>
    inFolder(async (folder) => {
      const store = await openBlobStore(pathToFileURL(folder).href)
      assert.equal(store.url, `file:${folder}`)
      await store.put(name, [content])
      assert.equal(store.pathOf(name), join(folder, 'blobs', name.slice(-32, -30), name))
      assert.equal(store.runsFolder, join(folder, 'runs'))
    }))

  test('a URL that names none is told', async () => {
    for (const url of ['', 'file:', 's3://bucket', '/srv/blobs', 'file://host/x']) {
      await assert.rejects(openBlobStore(url), (error) => error instanceof BlobError && error.code === 'url')
    }
  })

  test('a file where its folder should be is told', () =>
    inFolder(async (folder) => {
      writeFileSync(join(folder, 'file'), '')
      const store = await openBlobStore(`file:${join(folder, 'file')}`)
      await assert.rejects(store.put(name, [content]), (error) => error instanceof BlobError && error.code === 'denied')
    }))

  test.skipIf(process.getuid?.() === 0)('a folder that nobody may write is told', () =>
    inFolder(async (folder) => {
      chmodSync(folder, 0o555)
      const store = await openBlobStore(`file:${folder}`)
      await assert.rejects(store.put(name, [content]), (error) => error instanceof BlobError && error.code === 'denied')
      chmodSync(folder, 0o755)
    }),
  )

  test('a machine whose clock is a week off takes no blob for old, and makes none old', () =>
    inFolder(async (folder) => {
      const store = await openBlobStore(`file:${folder}`)
      await store.put(name, [content])
      const { now: trueNow } = Date
      const off = (ms: number): unknown => vi.spyOn(Date, 'now').mockImplementation(() => trueNow() + ms)
      try {
        off(WEEK_MS)
        assert.equal(await store.remove(name, (await store.nowMs()) - 60_000), false)
        vi.restoreAllMocks()
        off(-WEEK_MS)
        assert.equal(await store.touch(name), true)
      } finally {
        vi.restoreAllMocks()
      }
      assert.ok(((await store.stat(name))?.storedMs ?? 0) > trueNow() - 60_000)
    }))

  test('what a killed writer left is cleared once it is old', () =>
    inFolder(async (folder) => {
      const store = await openBlobStore(`file:${folder}`)
      await store.put(name, [content])
      writeFileSync(join(folder, 'tmp/left'), 'half')
      writeFileSync(join(folder, 'tmp/busy'), 'half')
      utimesSync(join(folder, 'tmp/left'), old, old)
      const beforeMs = Date.now() - 60_000
      assert.equal(await store.tidy({ beforeMs, dryRun: true }), 1)
      assert.equal(await store.tidy({ beforeMs, dryRun: false }), 1)
      assert.deepEqual(readdirSync(join(folder, 'tmp')), ['busy'])
      assert.deepEqual(await namesIn(store), [name])
    }))

  test('a blob whose remover was killed comes back with its time', () =>
    inFolder(async (folder) => {
      const store = await openBlobStore(`file:${folder}`)
      await store.put(name, [content])
      const path = store.pathOf(name) ?? ''
      utimesSync(path, old, old)
      renameSync(path, join(folder, `tmp/removed-0-0.${name}`))
      assert.equal(await store.tidy({ beforeMs: Date.now() + 1_000, dryRun: false }), 1)
      assert.deepEqual(await bytesOf(store, name), content)
      assert.equal(statSync(path).mtimeMs, old.getTime())
      assert.deepEqual(readdirSync(join(folder, 'tmp')), [])
    }))

  test('files of others in its folders are no blobs', () =>
    inFolder(async (folder) => {
      const store = await openBlobStore(`file:${folder}`)
      await store.put(name, [content])
      mkdirSync(join(folder, 'blobs/zz'))
      writeFileSync(join(folder, 'blobs/zz/notes.txt'), '')
      writeFileSync(join(store.pathOf(name) ?? '', '../notes.txt'), '')
      writeFileSync(join(folder, 'blobs/.DS_Store'), '')
      assert.deepEqual(await namesIn(store), [name])
    }))

  test('putting a damaged blob again mends it', () =>
    inFolder(async (folder) => {
      const store = await openBlobStore(`file:${folder}`)
      await store.put(name, [content])
      writeFileSync(store.pathOf(name) ?? '', 'rot')
      await store.put(name, [content])
      assert.deepEqual(await bytesOf(store, name), content)
    }))
})
