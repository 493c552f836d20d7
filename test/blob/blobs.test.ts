import assert from 'node:assert/strict'
import { mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { describe, test } from 'vitest'
import type { Blobs } from '#hob/blob/blobs.js'
import type { BlobUnderTag } from '#hob/blob/tag.js'
import { pagesUnder, tagPuts, tagsWithPrefix } from '#hob/blob/tag-records.js'
import { ArgumentError, BlobError } from '#hob/core/errors.js'
import { type Kitchen, openKitchen } from '#hob/kitchen.js'

interface Place {
  readonly folder: string
  readonly kitchen: Kitchen
  readonly blobs: Blobs
  /** Writes a file, and answers its path. */
  file(name: string, content: string | Buffer): string
}

async function inPlace(url: (folder: string) => string, work: (place: Place) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hob-blobs-'))
  const kitchen = await openKitchen(url(folder))
  try {
    const blobs = await kitchen.blobs(`file:${join(folder, 'blobs')}`)
    const file = (name: string, content: string | Buffer): string => {
      writeFileSync(join(folder, name), content)
      return join(folder, name)
    }
    await work({ folder, kitchen, blobs, file })
  } finally {
    await kitchen.close()
    await rm(folder, { recursive: true, force: true })
  }
}

async function textOf(content: AsyncIterable<Uint8Array>): Promise<string> {
  const pieces: Uint8Array[] = []
  for await (const piece of content) pieces.push(piece)
  return Buffer.concat(pieces).toString()
}

const isBlobError = (code: string, message: RegExp) => (error: unknown) =>
  error instanceof BlobError && error.code === code && message.test(error.message)

const LINES = Array.from({ length: 100 }, (_, n) => `{"n":${n}}\n`).join('')

/** Makes a blob look as if it was stored two days ago. */
function age({ blobs }: Place, name: string): void {
  const then = new Date(Date.now() - 2 * 86_400_000)
  utimesSync(blobs.store.pathOf(name) ?? '', then, then)
}

const KITCHENS: readonly (readonly [name: string, url: (folder: string) => string])[] = [
  ['memory', () => 'memory:'],
  ['sqlite', (folder) => `sqlite:${join(folder, 'hob.db')}`],
]

describe.each(KITCHENS)('blobs of a %s kitchen', (_, url) => {
  const place = (says: string, work: (place: Place) => Promise<void>) => test(says, () => inPlace(url, work))

  place('a file is cut, tagged in order, and read again as it was', async ({ blobs, file }) => {
    const made = await blobs.chunk('in:users', [file('users.jsonl', LINES)], { bytesMax: 300 })
    assert.ok(made.blobs.length > 2)
    assert.equal(made.taggedCount, made.blobs.length)
    assert.match(made.blobs[0]?.name ?? '', /^users\.jsonl-000000-[0-9a-f]{32}$/)
    const listed = await blobs.list('in:users')
    assert.deepEqual(
      listed.map(({ name }) => name),
      made.blobs.map(({ name }) => name),
    )
    assert.equal(await textOf(blobs.cat('in:users')), LINES)
    const { oldestMs, newestMs, ...stat } = await blobs.stat('in:users')
    const count = made.blobs.length
    assert.deepEqual(stat, {
      tag: 'in:users',
      blobCount: count,
      bytes: LINES.length,
      storedBytes: LINES.length,
      recordCount: 100,
    })
    assert.equal(oldestMs, newestMs)
    assert.ok(Math.abs(oldestMs - Date.now()) < 60_000)
  })

  place('gzip goes in and comes out, and the same content has the same hash', async ({ blobs, file }) => {
    const plain = await blobs.push('t', [file('a.jsonl', LINES)])
    const packed = await blobs.push('t', [file('a.jsonl.gz', gzipSync(LINES))], { compress: true })
    const [one, other] = [plain.blobs[0], packed.blobs[0]]
    assert.equal(`${one?.name}.gz`, other?.name)
    assert.equal(one?.hash, other?.hash)
    assert.ok((other?.storedBytes ?? 0) < (one?.storedBytes ?? 0))
    assert.equal(await textOf(blobs.cat('t')), LINES + LINES)
    const cut = await blobs.chunk('cut', [file('b.jsonl.gz', gzipSync(LINES))], { bytesMax: 500, compress: true })
    assert.ok(cut.blobs.length > 1)
    assert.ok(cut.blobs.every(({ name }) => name.endsWith('.gz')))
    assert.equal(await textOf(blobs.cat('cut')), LINES)
  })

  place('a header stands at the start of each blob, so that each reads alone', async ({ blobs, file }) => {
    await blobs.chunk('csv', [file('p.csv', 'name,says\nada,"hello\nyou"\nbob,x\n')], { bytesMax: 1, header: true })
    const texts = (await blobs.list('csv')).map(({ name }) => readFileSync(blobs.store.pathOf(name) ?? '', 'utf8'))
    assert.deepEqual(texts, ['name,says\nada,"hello\nyou"\n', 'name,says\nbob,x\n'])
    assert.equal((await blobs.stat('csv')).recordCount, 2)
  })

  place('the same again adds nothing, and keeps the place in the order', async ({ blobs, file }) => {
    const path = file('a.txt', 'a\n')
    await blobs.chunk('t', [path])
    const [before] = await blobs.list('t')
    const made = await blobs.chunk('t', [path, path])
    assert.equal(made.taggedCount, 0)
    assert.equal(made.blobs.length, 1)
    assert.deepEqual(await blobs.list('t'), [before])
  })

  place('a file without content makes nothing, and the others are made', async ({ blobs, file }) => {
    const empty = [file('no.jsonl', ''), file('no.gz', gzipSync(''))]
    const made = await blobs.chunk('t', [...empty, file('a.txt', 'a')])
    assert.deepEqual(made.empty, empty)
    assert.equal(made.blobs.length, 1)
    const pushed = await blobs.push('none', empty)
    assert.deepEqual([pushed.blobs, pushed.empty], [[], empty])
    assert.deepEqual(
      (await blobs.tags()).map(({ tag }) => tag),
      ['t'],
    )
  })

  place('what cannot be read tags nothing, and says which file it was', async ({ blobs, file, folder }) => {
    const good = file('good.jsonl', LINES)
    const cutOff = file('bad.gz', gzipSync(LINES).subarray(0, 60))
    await assert.rejects(blobs.chunk('t', [good, join(folder, 'none')]), isBlobError('input', /cannot read .*none/))
    await assert.rejects(blobs.chunk('t', [good, folder]), isBlobError('input', /cannot read/))
    await assert.rejects(blobs.push('t', [good, cutOff]), isBlobError('input', /cannot unpack .*bad\.gz/))
    assert.deepEqual(await blobs.tags(), [])
    assert.deepEqual(readdirSync(join(folder, 'blobs/tmp')), [])
  })

  place(
    'tags are listed by prefix, and one that is not there says what was meant',
    async ({ kitchen, blobs, file }) => {
      const path = file('a.txt', 'a\n')
      for (const tag of ['in:a', 'in:a-b', 'in:a:b', 'in:a0', 'out', 'é']) await blobs.push(tag, [path])
      const tagsOf = async (prefix: string) => (await blobs.tags(prefix)).map(({ tag }) => tag)
      assert.deepEqual(await tagsOf('in:'), ['in:a', 'in:a-b', 'in:a0', 'in:a:b'])
      assert.deepEqual(await tagsOf('none'), [])
      for (const prefix of ['', 'in:', 'in:a', 'o', 'x']) {
        assert.deepEqual(await tagsWithPrefix(kitchen.broker, prefix), await tagsOf(prefix))
      }
      const under: BlobUnderTag[] = []
      for await (const page of pagesUnder(kitchen.broker, 'in:a')) under.push(...page)
      assert.equal(under.length, 4)
      await assert.rejects(blobs.list('in:A'), (error) => {
        assert.ok(error instanceof BlobError)
        assert.equal(error.message, "there is no tag 'in:A'")
        assert.equal(error.hint, 'Did you mean in:a?')
        return true
      })
      await assert.rejects(blobs.stat('nothing like it'), isBlobError('missing', /there is no tag/))
    },
  )

  place('names that cannot be tags are refused', async ({ blobs, file }) => {
    const path = file('a.txt', 'a\n')
    for (const tag of ['', 'a/b', 'a\nb', 'x'.repeat(201), 'a::b', ':a', 'a:', ' a', '\ud800']) {
      await assert.rejects(blobs.push(tag, [path]), ArgumentError, JSON.stringify(tag))
    }
    await blobs.push('x'.repeat(200), [path])
    await assert.rejects(blobs.chunk('t', [path], { header: true }), ArgumentError)
    await assert.rejects(blobs.chunk('t', [path], { delimiter: 'ab' }), ArgumentError)
    await assert.rejects(blobs.chunk('t', [path], { bytesMax: 0 }), ArgumentError)
  })

  place('blobs come under other tags and leave them; the blobs stay', async ({ kitchen, blobs, file }) => {
    const made = await blobs.chunk('a', [file('a.jsonl', LINES)], { bytesMax: 300 })
    const names = made.blobs.map(({ name }) => name)
    assert.equal(await blobs.tag('b', [names[1] ?? '', names[0] ?? '', names[0] ?? '']), 2)
    assert.equal(await blobs.tag('b', [names[0] ?? '']), 0)
    assert.equal((await blobs.stat('b')).recordCount, (made.blobs[0]?.records ?? 0) + (made.blobs[1]?.records ?? 0))
    await assert.rejects(
      blobs.tag('c', [names[0] ?? '', `none-000000-${'0'.repeat(32)}`]),
      isBlobError('missing', /there is no blob none/),
    )
    await assert.rejects(blobs.tag('c', ['rubbish']), isBlobError('missing', /'rubbish' is not the name/))
    await assert.rejects(blobs.untag('b', [names[0] ?? '', names[2] ?? '']), isBlobError('missing', /under b/))
    assert.deepEqual(await blobs.untag('b', [names[0] ?? '']), { untaggedCount: 1, untiedCount: 0 })
    assert.deepEqual(await blobs.removeTag('a'), { untaggedCount: names.length, untiedCount: names.length - 1 })
    assert.deepEqual(await tagsWithPrefix(kitchen.broker, ''), ['b'])
    // What is under no tag can be tagged again: it is read for what a tag says of it.
    assert.equal(await blobs.tag('a', names), names.length)
    assert.equal(await textOf(blobs.cat('a')), LINES)
    assert.equal((await blobs.stat('a')).bytes, LINES.length)
  })

  place('moving blobs from tag to tag is one step of the caller', async ({ kitchen, blobs, file }) => {
    await blobs.chunk('in', [file('a.jsonl', LINES)], { bytesMax: 300 })
    const found = await blobs.list('in')
    await kitchen.broker.commit([
      {
        put: [...tagPuts('processed:in', found), ...found.map(({ name }) => ({ key: `tag/in/${name}`, value: null }))],
      },
    ])
    assert.deepEqual(
      await blobs.list('processed:in'),
      found.map((blob) => ({ ...blob, tag: 'processed:in' })),
    )
  })

  place(
    'more than 10,000 blobs leave a tag in several steps, and a rule may make its names longer',
    async ({ kitchen, blobs }) => {
      const tag = `rejected:${'x'.repeat(200)}`
      const blob = { bytes: 1, storedBytes: 1, records: 1, hash: '', taggedMs: 1 }
      const many = Array.from({ length: 10_500 }, (_, n) => ({
        ...blob,
        name: `f-${String(n).padStart(6, '0')}-${'0'.repeat(32)}`,
      }))
      for (const at of [0, 10_000]) await kitchen.broker.commit([{ put: tagPuts(tag, many.slice(at, at + 10_000)) }])
      assert.equal((await blobs.stat(tag)).blobCount, 10_500)
      assert.deepEqual(await blobs.removeTag(tag), { untaggedCount: 10_500, untiedCount: 10_500 })
      assert.deepEqual(await blobs.tags(), [])
    },
  )

  place('verify finds what is missing and what is damaged, with every tag of it', async ({ blobs, file }) => {
    const made = await blobs.chunk('a', [file('a.jsonl', LINES)], { bytesMax: 200 })
    const packed = await blobs.push('z', [file('z.txt', LINES)], { compress: true })
    const [good, gone, rotten] = made.blobs.map(({ name }) => name)
    const zip = packed.blobs[0]?.name ?? ''
    await blobs.tag('b', [gone ?? '', rotten ?? ''])
    let bytes = 0
    assert.deepEqual(await blobs.verify(undefined, (more) => (bytes += more)), {
      checkedCount: made.blobs.length + 1,
      missing: [],
      damaged: [],
    })
    assert.equal(bytes, 2 * LINES.length)
    rmSync(blobs.store.pathOf(gone ?? '') ?? '')
    writeFileSync(blobs.store.pathOf(rotten ?? '') ?? '', 'rot')
    writeFileSync(blobs.store.pathOf(zip) ?? '', gzipSync(LINES).subarray(0, 50))
    const found = await blobs.verify()
    assert.deepEqual(found.missing, [{ name: gone, tags: ['a', 'b'] }])
    assert.deepEqual(found.damaged, [
      { name: rotten, tags: ['a', 'b'] },
      { name: zip, tags: ['z'] },
    ])
    assert.deepEqual((await blobs.verify(['b'])).checkedCount, 2)
    await assert.rejects(textOf(blobs.cat('a')), isBlobError('missing', /there is no blob/))
    await assert.rejects(textOf(blobs.cat('z')), isBlobError('damaged', /is damaged/))
    await blobs.untag('b', [gone ?? ''])
    await assert.rejects(textOf(blobs.cat('b')), isBlobError('damaged', /not what was stored/))
    await assert.rejects(blobs.removeTag('c'), isBlobError('missing', /there is no tag 'c'/))
    // The same file once more mends all of it.
    await blobs.chunk('a', [file('a.jsonl', LINES)], { bytesMax: 200 })
    assert.deepEqual((await blobs.verify(['a', 'b'])).damaged, [])
    assert.ok(good)
  })

  place('a collection takes what nothing reaches once it is a day old, and only when told to', async (there) => {
    const { kitchen, blobs, file, folder } = there
    const made = await blobs.chunk('a', [file('a.jsonl', LINES)], { bytesMax: 200 })
    const [tagged, loose, young, held, ended] = made.blobs.map(({ name }) => name)
    await blobs.removeTag('a')
    await blobs.tag('kept', [tagged ?? ''])
    const run = (id: string, state: string, name: string | undefined, endedMs: number | null) => ({
      key: `run/m.r/${id}`,
      value: JSON.stringify({ id, state, endedMs, blobs: [{ tag: 'a', name }] }),
    })
    const longAgo = Date.now() - 2 * 86_400_000
    await kitchen.broker.commit([
      {
        put: [
          run('r@1', 'waiting', held, null),
          run('r@2', 'failed', ended, longAgo),
          run('r@3', 'done', ended, Date.now()),
        ],
      },
    ])
    for (const id of ['r@1', 'r@2', 'r@3', 'unknown', 'fresh', 'kept', 'deep']) {
      mkdirSync(join(folder, 'blobs/runs', id, ...(id === 'deep' ? ['1-a/task'] : [])), { recursive: true })
      if (id === 'kept') writeFileSync(join(folder, 'blobs/runs/kept/KEPT'), '')
      if (id === 'kept') utimesSync(join(folder, 'blobs/runs/kept/KEPT'), longAgo / 1_000, longAgo / 1_000)
      if (id !== 'fresh') utimesSync(join(folder, 'blobs/runs', id), longAgo / 1_000, longAgo / 1_000)
    }
    for (const { name } of made.blobs) if (name !== young) age(there, name)

    const dry = await blobs.collect()
    const going = made.blobs.map(({ name }) => name).filter((name) => ![tagged, young, held].includes(name))
    assert.ok(going.includes(loose ?? '') && going.includes(ended ?? ''))
    assert.deepEqual(dry.blobs.map(({ name }) => name).sort(), going.sort())
    assert.equal(dry.isRemoved, false)
    assert.equal(dry.keptCount, 3)
    assert.deepEqual([...dry.runFolders].sort(), ['r@2', 'unknown'])
    assert.deepEqual(await blobs.collect(), dry)

    const done = await blobs.collect({ remove: true })
    assert.deepEqual({ ...done, isRemoved: false }, dry)
    const after = await blobs.collect({ remove: true })
    assert.deepEqual([after.blobs, after.keptCount, after.runFolders], [[], 3, []])
    assert.deepEqual(readdirSync(join(folder, 'blobs/runs')).sort(), ['deep', 'fresh', 'kept', 'r@1', 'r@3'])
    assert.deepEqual((await blobs.verify()).missing, [])
  })

  place('a blob that is tagged while a collection is about to take it survives', async (there) => {
    const { kitchen, blobs, file } = there
    const made = await blobs.push('a', [file('a.txt', 'a\n'), file('b.txt', 'b\n')])
    const [first = '', second = ''] = made.blobs.map(({ name }) => name)
    await blobs.removeTag('a')
    age(there, first)
    age(there, second)
    // Right after the last look at the tags: one blob is only touched so far, the other already tagged.
    const { list } = blobs.store
    const { remove } = blobs.store
    blobs.store.remove = async (name, sinceMs) => {
      if (name === first) await blobs.store.touch(first)
      return remove.call(blobs.store, name, sinceMs)
    }
    blobs.store.list = async function* () {
      yield* list.call(blobs.store)
      await kitchen.broker.commit([
        { put: tagPuts('b', [{ name: second, bytes: 2, storedBytes: 2, records: 1, hash: '', taggedMs: 1 }]) },
      ])
    }
    const { blobs: taken } = await blobs.collect({ remove: true })
    assert.deepEqual(taken, [])
    assert.ok((await blobs.store.stat(first)) && (await blobs.store.stat(second)))
  })

  place('a collection refuses a store that another kitchen uses', async ({ blobs, folder, file }) => {
    await blobs.push('a', [file('a.txt', 'a\n')])
    const other = await openKitchen(`sqlite:${join(folder, 'other.db')}`)
    try {
      const theirs = await other.blobs(`file:${join(folder, 'blobs')}`)
      await theirs.push('theirs', [file('b.txt', 'b\n')])
      await assert.rejects(blobs.collect({ remove: true }), isBlobError('shared', /other\.db/))
      await assert.rejects(theirs.collect(), isBlobError('shared', /used by another kitchen/))
    } finally {
      await other.close()
    }
  })

  place('two collectors and a pusher at once lose nothing that is tagged', async (there) => {
    const { blobs, file } = there
    const paths = Array.from({ length: 12 }, (_, n) => file(`f${n}.txt`, `${n}\n`))
    const names = (await blobs.push('seed', paths)).blobs.map(({ name }) => name)
    await blobs.removeTag('seed')
    for (const name of names) age(there, name)
    let isOver = false
    const collecting = [0, 1].map(async () => {
      while (!isOver) await blobs.collect({ remove: true })
    })
    const tagged: string[] = []
    try {
      for (const [n, path] of paths.entries()) {
        // Half are pushed once more, half are tagged as they lie there, if they still do.
        if (n % 2 === 0) tagged.push(...(await blobs.push('kept', [path])).blobs.map(({ name }) => name))
        else {
          const name = names[n] ?? ''
          const isTagged = await blobs.tag('kept', [name]).catch((error) => {
            assert.ok(isBlobError('missing', /there is no blob/)(error))
            return 0
          })
          if (isTagged === 1) tagged.push(name)
        }
      }
    } finally {
      isOver = true
      await Promise.all(collecting)
    }
    const { checkedCount, missing, damaged } = await blobs.verify()
    assert.deepEqual({ checkedCount, missing, damaged }, { checkedCount: tagged.length, missing: [], damaged: [] })
  })
})

describe('kitchen.blobs', () => {
  test('keeps blobs beside a kitchen that is a file', async () => {
    await inPlace(
      (folder) => `sqlite:${join(folder, 'work/hob.db')}`,
      async ({ folder, kitchen }) => {
        assert.equal((await kitchen.blobs()).store.url, `file:${join(folder, 'work/blobs')}`)
        await assert.rejects(kitchen.blobs('s3://x'), isBlobError('url', /names no store/))
      },
    )
  })
})
