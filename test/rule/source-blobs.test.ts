import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { archiveTagOf, newestTags } from '#hob/rule/archive-tag.js'
import type { RuleOptions } from '#hob/rule/rule.js'
import { type BlobRequest, selectBlobs } from '#hob/rule/source-blobs.js'
import { openTestKitchen } from '#hob/testing.js'

/** Blobs as `tag/name`, each a millisecond younger than the one before. */
async function choose(
  blobs: readonly string[],
  { maxBlobs = 1_000, ...options }: Partial<RuleOptions>,
  request: Partial<BlobRequest> = {},
) {
  const kitchen = openTestKitchen()
  const put = blobs.map((blob, at) => ({ key: `tag/${blob}`, value: JSON.stringify({ taggedMs: at, hash: '' }) }))
  if (put.length > 0) await kitchen.broker.commit([{ put }])
  const sourceTags = [options.sourceTags ?? 'in:a'].flat().map(String)
  const rule = { options: { name: 'r', ...options }, sourceTags, maxBlobs }
  const selection = await selectBlobs(kitchen.broker, rule, { nowMs: Date.UTC(2026, 2, 10, 12), ...request })
  await kitchen.close()
  return selection
}

const namesOf = async (...args: Parameters<typeof choose>): Promise<string> =>
  (await choose(...args)).chosen.map(({ name }) => name).join(' ')

describe('archiveTagOf', () => {
  test.each([
    ['incoming:server01:chunk:task', 'processed', 'processed:server01:chunk:task'],
    ['incoming', 'processed', 'processed'],
    ['processed:x', 'processed', 'processed:x'],
    ['processed2:x', 'processed', 'processed:x'],
    ['in:x', 'done:daily', 'done:daily:x'],
    ['done:daily:x', 'done:daily', 'done:daily:x'],
  ])('%s under %s', (tag, prefix, expected) => assert.equal(archiveTagOf(tag, prefix), expected))
})

describe('tags', () => {
  test('source tags are prefixes', async () => {
    const { chosen, tags } = await choose(['in:a/1', 'in:ab:x/2', 'in:b/3', 'in/4'], { sourceTags: ['in:a'] })
    assert.deepEqual(tags, ['in:a', 'in:ab:x'])
    assert.deepEqual(
      chosen.map(({ tag, name }) => [tag, name]),
      [
        ['in:a', '1'],
        ['in:ab:x', '2'],
      ],
    )
  })

  test('a blob under several tags, or found by several prefixes, counts once, under the tag it came under first', async () => {
    const { chosen, found } = await choose(['in:b/1', 'in:a/1', 'in:a/2'], { sourceTags: ['in:', 'in:a'] })
    assert.deepEqual([found, chosen.map(({ tag, name }) => `${tag}/${name}`)], [2, ['in:b/1', 'in:a/2']])
  })

  test('rejected and archive tags only by name', async () => {
    const blobs = ['processed:a/1', 'rejected:a/2', 'product/3', 'done:a/4']
    assert.equal(await namesOf(blobs, { sourceTags: '' }), '3 4')
    assert.equal(await namesOf(blobs, { sourceTags: 'pro' }), '3')
    assert.equal(await namesOf(blobs, { sourceTags: 'processed:' }), '1')
    assert.equal(await namesOf(blobs, { sourceTags: ['rejected', 'd'] }), '2 4')
    assert.equal(await namesOf(blobs, { sourceTags: '', archiveTagPrefix: 'done' }), '1 3')
  })

  test('tags of the request stand instead of those of the rule', async () =>
    assert.equal(await namesOf(['in:a/1', 'in:b/2'], {}, { tags: ['in:b'] }), '2'))
})

describe('order and bounds', () => {
  test('oldest first, at most maxBlobs; newestFirst the other way', async () => {
    const blobs = ['in:a/z', 'in:a/y', 'in:a/x']
    assert.equal(await namesOf(blobs, { maxBlobs: 2 }), 'z y')
    assert.equal(await namesOf(blobs, { maxBlobs: 2, newestFirst: true }), 'x y')
    const { found, waiting } = await choose(blobs, { maxBlobs: 2 })
    assert.deepEqual([found, waiting], [3, 3])
  })

  test('never more than 4,000', async () => {
    const many = Array.from({ length: 4_001 }, (_, at) => `in:a/${at}`)
    const { chosen, found } = await choose(many, { maxBlobs: 9_000 })
    assert.deepEqual([chosen.length, found], [4_000, 4_001])
  })
})

describe('archive', () => {
  const blobs = ['in:a:1/1', 'in:a:2/2', 'in:a:3/3', 'processed:a:1/1', 'processed:a:2/2', 'processed2:a/3']

  test('leaves out what is archived', async () => {
    const { chosen, found, processed, waiting } = await choose(blobs, { archive: true })
    assert.deepEqual([chosen.map(({ name }) => name), found, processed, waiting], [['3'], 3, 2, 1])
    assert.equal(await namesOf(blobs, { archive: true, sourceTags: 'in' }), '3')
    assert.equal(await namesOf(blobs, {}), '1 2 3')
  })

  test('many at once, also where they were archived by another of their tags', async () => {
    const names = Array.from({ length: 60 }, (_, at) => String(at))
    const sources = names.map((name) => `in:a:1/${name}`)
    const archived = names.slice(0, 55).map((name, at) => `processed:a:${at % 2}/${name}`)
    const { chosen, processed } = await choose([...sources, ...archived], { archive: true })
    assert.deepEqual([chosen.map(({ name }) => name), processed], [names.slice(55), 55])
  })

  test('by another prefix', async () =>
    assert.equal(await namesOf(blobs, { archive: true, archiveTagPrefix: 'processed2' }), '1 2'))

  test('only in the newest tags', async () => {
    assert.equal(await namesOf(blobs, { archive: true, archiveLookback: 1 }), '1 3')
    assert.equal(await namesOf(blobs, { archive: true, archiveLookback: 2 }), '3')
  })

  test('newest is by the day', () => {
    const tags = ['p:a:2026-01-02', 'p:b:2026-01-01', 'p:live', 'p:a:2026-01-03']
    assert.deepEqual(newestTags(tags, 3), ['p:live', 'p:a:2026-01-03', 'p:a:2026-01-02'])
  })

  test('an archive as source has nothing left', async () =>
    assert.equal(await namesOf(['processed:a/1'], { archive: true, sourceTags: 'processed:a' }), ''))
})

describe('days', () => {
  const days = ['2026-03-11', '2026-03-10', '2026-03-09', '2026-02-28', '2026-02-27']
  const blobs = ['in:a/0', 'in:a:x/x', ...days.map((day) => `in:a:${day}/${day.slice(5)}`)]

  test.each([
    [{ dayRange: 1 }, '03-10'],
    [{ dayRange: 2 }, '03-10 03-09'],
    [{ dayRange: 2, dayOffset: 1 }, '03-09'],
    [{ dayRange: 2, dayStart: '2026-03-01' }, '02-28'],
    [{ dayRange: 2, dayStart: '2026-03-01', dayOffset: 1 }, '02-28 02-27'],
    [{ dayRange: 0 }, '0 x 03-11 03-10 03-09 02-28 02-27'],
  ])('%j', async (range, expected) => {
    assert.equal(await namesOf(blobs, range), expected)
    assert.equal(await namesOf(blobs, { dayRange: 7 }, range), expected)
  })
})
