import assert from 'node:assert/strict'
import { createHash, randomBytes } from 'node:crypto'
import { describe, test } from 'vitest'
import { blobName } from '#hob/blob/blob-name.js'
import type { BlobStore } from '#hob/blob/blob-store.js'
import { BlobError } from '#hob/core/errors.js'

/** A store to run the laws on. */
export interface StoreUnderTest {
  readonly name: string
  /** An empty store, and how to open it once more, as another process would. */
  open(): Promise<{ readonly store: BlobStore; reopen(): Promise<BlobStore>; close(): Promise<void> }>
}

/** The name of some content. */
export const nameOf = (content: Uint8Array, index = 0): string =>
  blobName({ file: 'law', index, hash: createHash('sha256').update(content).digest('hex'), isCompressed: false })

/** All bytes of a blob. */
export async function bytesOf(store: BlobStore, name: string, range?: { start: number; end: number }): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of await store.open(name, range)) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

/** The names of all blobs of a store, sorted. */
export async function namesIn(store: BlobStore): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of store.list()) names.push(name)
  return names.sort()
}

const isCode = (code: string) => (error: unknown) => error instanceof BlobError && error.code === code

/** What a store of blobs is. */
export function blobStoreLaws(under: StoreUnderTest): void {
  describe(`${under.name} keeps the laws of a store of blobs`, () => {
    const law = (says: string, holds: (store: BlobStore, reopen: () => Promise<BlobStore>) => Promise<void>) =>
      test(says, async () => {
        const opened = await under.open()
        try {
          await holds(opened.store, opened.reopen)
        } finally {
          await opened.close()
        }
      })

    law('a store that was never used is empty', async (store) => {
      assert.deepEqual(await namesIn(store), [])
      assert.equal(await store.stat(nameOf(Buffer.from('x'))), undefined)
      assert.equal(await store.touch(nameOf(Buffer.from('x'))), false)
      assert.equal(await store.remove(nameOf(Buffer.from('x'))), true)
      assert.equal(await store.tidy({ beforeMs: Date.now(), dryRun: false }), 0)
      assert.deepEqual(await store.users(), [])
      await assert.rejects(store.open(nameOf(Buffer.from('x'))), isCode('missing'))
    })

    law('what was put is there byte for byte, also when it is opened again by its URL', async (store, reopen) => {
      const content = randomBytes(300_000)
      const name = nameOf(content)
      const stored = await store.put(name, [content.subarray(0, 7), content.subarray(7, 7), content.subarray(7)])
      assert.equal(stored.name, name)
      assert.equal(stored.storedBytes, content.length)
      assert.ok(Math.abs(stored.storedMs - Date.now()) < 60_000)
      const again = await reopen()
      assert.equal(again.url, store.url)
      assert.deepEqual(await bytesOf(again, name), content)
      assert.deepEqual(await again.stat(name), stored)
      assert.deepEqual(await namesIn(again), [name])
    })

    law('a part of a blob is its bytes from start to before end', async (store) => {
      const content = Buffer.from('0123456789')
      const name = nameOf(content)
      await store.put(name, [content])
      assert.equal((await bytesOf(store, name, { start: 3, end: 6 })).toString(), '345')
      assert.equal((await bytesOf(store, name, { start: 8, end: 99 })).toString(), '89')
      assert.equal((await bytesOf(store, name, { start: 4, end: 4 })).toString(), '')
      await assert.rejects(store.open(nameOf(Buffer.from('?')), { start: 0, end: 0 }), isCode('missing'))
    })

    law('empty content is content', async (store) => {
      await store.put(nameOf(Buffer.alloc(0)), [])
      assert.equal((await bytesOf(store, nameOf(Buffer.alloc(0)))).length, 0)
    })

    law('a name may be known at the end only', async (store) => {
      let isOver = false
      async function* content(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('late')
        isOver = true
      }
      const { name } = await store.put(() => {
        assert.ok(isOver)
        return nameOf(Buffer.from('late'))
      }, content())
      assert.deepEqual(await namesIn(store), [name])
    })

    law('content that fails in the middle leaves nothing', async (store) => {
      async function* content(): AsyncGenerator<Uint8Array> {
        yield Buffer.from('half')
        throw new Error('the source broke')
      }
      await assert.rejects(store.put(nameOf(Buffer.from('half')), content()), /the source broke/)
      await assert.rejects(
        store.put(() => {
          throw new Error('no name')
        }, [Buffer.from('half')]),
        /no name/,
      )
      assert.deepEqual(await namesIn(store), [])
      assert.equal(await store.tidy({ beforeMs: Date.now() + 60_000, dryRun: true }), 0)
    })

    law('the same name put twice, also at once, is one blob, stored now', async (store) => {
      const content = Buffer.from('same')
      const name = nameOf(content)
      await Promise.all(Array.from({ length: 8 }, () => store.put(name, [content])))
      const before = await store.stat(name)
      await new Promise((resolve) => setTimeout(resolve, 20))
      const after = await store.put(name, [content])
      assert.ok(before && after.storedMs > before.storedMs)
      assert.deepEqual(await namesIn(store), [name])
      assert.deepEqual(await bytesOf(store, name), content)
    })

    law('a touched blob counts as stored now', async (store) => {
      const name = nameOf(Buffer.from('touch'))
      const before = await store.put(name, [Buffer.from('touch')])
      await new Promise((resolve) => setTimeout(resolve, 20))
      assert.equal(await store.touch(name), true)
      const after = await store.stat(name)
      assert.ok(after && after.storedMs > before.storedMs)
    })

    law('a removed blob is gone, and may be put again', async (store) => {
      const name = nameOf(Buffer.from('gone'))
      await store.put(name, [Buffer.from('gone')])
      assert.equal(await store.remove(name), true)
      assert.equal(await store.stat(name), undefined)
      await assert.rejects(store.open(name), isCode('missing'))
      await store.put(name, [Buffer.from('gone')])
      assert.deepEqual(await namesIn(store), [name])
    })

    law('a removal leaves what was stored or touched since', async (store) => {
      const name = nameOf(Buffer.from('young'))
      const { storedMs } = await store.put(name, [Buffer.from('young')])
      assert.equal(await store.remove(name, storedMs), false)
      assert.equal((await bytesOf(store, name)).toString(), 'young')
      assert.equal(await store.remove(name, storedMs + 1), true)
      assert.deepEqual(await namesIn(store), [])
      assert.equal(await store.tidy({ beforeMs: Date.now() + 60_000, dryRun: true }), 0)
    })

    law('of touches and removals at once a blob is either touched or gone', async (store) => {
      for (let round = 0; round < 30; round++) {
        const content = Buffer.from(`race ${round}`)
        const name = nameOf(content)
        const { storedMs } = await store.put(name, [content])
        await new Promise((resolve) => setTimeout(resolve, 2))
        const [touched, removed, also] = await Promise.all([
          store.touch(name),
          store.remove(name, storedMs + 1),
          store.remove(name, storedMs + 1),
        ])
        const isThere = (await store.stat(name)) !== undefined
        if (touched) assert.ok(isThere, `round ${round}: touched, and gone`)
        if (!isThere) assert.ok(removed || also)
      }
    })

    law('a blob that is touched or put while removals try it is there for every reader', async (store) => {
      const content = Buffer.from('wanted')
      const name = nameOf(content)
      const { storedMs } = await store.put(name, [content])
      let isOver = false
      // Each means to remove what is older than a moment ago: the first of them may, and then nothing is.
      const removing = Array.from({ length: 3 }, async () => {
        while (!isOver) await store.remove(name, storedMs + 1)
      })
      try {
        for (let round = 0; round < 40; round++) {
          if (round % 4 === 0 || !(await store.touch(name))) await store.put(name, [content])
          assert.deepEqual(await bytesOf(store, name), content)
        }
      } finally {
        isOver = true
        await Promise.all(removing)
      }
    })

    law('no name leads out of the store', async (store) => {
      for (const name of [
        '../../etc/passwd',
        '/etc/passwd',
        'a/b-000000-00',
        '',
        '.',
        '..',
        'x\0',
        'blobs',
        `../x-000000-${'0'.repeat(32)}`,
      ]) {
        await assert.rejects(async () => store.put(name, [Buffer.from('x')]), isCode('missing'))
        await assert.rejects(async () => store.open(name), isCode('missing'))
        assert.equal(await store.stat(name), undefined)
        assert.equal(await store.touch(name), false)
        assert.equal(await store.remove(name), true)
      }
    })

    law('knows who uses it', async (store, reopen) => {
      await store.join({ id: 'aa', label: 'sqlite:/a.db' })
      await store.join({ id: 'aa', label: 'sqlite:/a.db' })
      await store.join({ id: 'bb', label: 'redis://host/b' })
      const users = await (await reopen()).users()
      assert.deepEqual(
        [...users].sort((a, b) => (a.id < b.id ? -1 : 1)),
        [
          { id: 'aa', label: 'sqlite:/a.db' },
          { id: 'bb', label: 'redis://host/b' },
        ],
      )
    })
  })
}
