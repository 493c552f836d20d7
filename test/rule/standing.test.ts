import assert from 'node:assert/strict'
import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { type Standing, standingOf } from '#hob/rule/daemon/standing.js'
import { momentOf, tellWhy } from '#hob/rule/daemon/why.js'
import { rule } from '#hob/rule/definition.js'
import { setPaused } from '#hob/rule/kept-rule.js'
import type { RuleOptions } from '#hob/rule/rule.js'
import type { RuleRecord, RunRecord } from '#hob/rule/run-record.js'
import { openTestKitchen } from '#hob/testing.js'

const NOW = new Date('2026-03-10T12:00').getTime()

const MINUTE = 60_000

interface Scene {
  /** As `tag/name`, in the order in which they came. */
  readonly blobs?: readonly string[]
  readonly options?: Partial<RuleOptions>
  readonly kept?: Partial<RuleRecord>
  /** Of the run that `kept` names. */
  readonly run?: Partial<RunRecord>
  readonly folder?: string
}

async function standing({ blobs = [], options = {}, kept, run, folder = '/srv' }: Scene): Promise<Standing> {
  await using kitchen = openTestKitchen()
  const definition = rule({ name: 'r', sourceTags: 'in:a', keyParts: ['k'], valueParts: [], ...options })
  const put = blobs.map((blob, at) => ({ key: `tag/${blob}`, value: JSON.stringify({ taggedMs: at }) }))
  const record = { run: null, lastStartedMs: null, lastEndedMs: null, isPaused: false, ...kept }
  if (kept !== undefined) put.push({ key: 'rule/m.r', value: JSON.stringify(record) })
  const id = record.run ?? record.lastRun
  if (run !== undefined)
    put.push({ key: `run/m.r/${id}`, value: JSON.stringify({ id, rule: 'm.r', ...BLANK, ...run }) })
  if (put.length > 0) await kitchen.broker.commit([{ put }])
  const loaded = { id: 'm.r', module: join(folder, 'm.ts'), definition }
  return await standingOf(kitchen.broker, loaded, { nowMs: NOW, sinceMs: NOW })
}

const BLANK = {
  state: 'working',
  startedMs: NOW - 10 * MINUTE,
  endedMs: null,
  retryMs: null,
  attempt: 1,
  blobs: [],
  files: [],
  error: null,
  counters: null,
  rowsOut: null,
}

const why = async (scene: Scene): Promise<string> => tellWhy(await standing(scene), NOW)

const ran = { lastRun: 'r1', lastStartedMs: NOW - 10 * MINUTE, lastEndedMs: NOW - 9 * MINUTE }

describe('why a rule does not run', () => {
  test.each<[string, Scene]>([
    ['ready: has 1 blob', { blobs: ['in:a/1'] }],
    ['has 0 of 1 blob', {}],
    ['has 3 of 5 blobs', { blobs: ['in:a/1', 'in:a/2', 'in:a:x/3'], options: { minBlobs: 5 } }],
    [
      'not due before 12:05; has 3 of 5 blobs',
      {
        blobs: ['in:a/1', 'in:a/2', 'in:a/3'],
        options: { minBlobs: 5, timeDelta: { minutes: 15 } },
        kept: { lastStartedMs: NOW - 10 * MINUTE },
      },
    ],
    ['run: false', { blobs: ['in:a/1'], options: { run: false } }],
    ['paused', { blobs: ['in:a/1'], kept: { isPaused: true } }],
    ['never due', { blobs: ['in:a/1'], options: { cron: '0 0 30 2 *' } }],
    ['has 0 of 1 blob', { blobs: ['in:a/1', 'processed:a/1'], options: { archive: true } }],
    ['running since 11:50 as r1', { blobs: ['in:a/1'], kept: { run: 'r1', lastStartedMs: NOW }, run: {} }],
    [
      'waits to try again at 13:00:30: no warehouse',
      {
        blobs: ['in:a/1'],
        kept: { run: 'r1' },
        run: { state: 'waiting', retryMs: NOW + 60.5 * MINUTE, error: 'no warehouse' },
      },
    ],
    [
      'waits to write its result again at 12:01: no warehouse',
      {
        blobs: ['in:a/1'],
        kept: { run: 'r1' },
        run: { state: 'saving', retryMs: NOW + MINUTE, error: 'no warehouse' },
      },
    ],
    [
      'r1 was given up, not begun again before 12:51: it is broken',
      { blobs: ['in:a/1'], kept: ran, run: { state: 'failed', endedMs: NOW - 9 * MINUTE, error: 'it is broken' } },
    ],
    [
      'ready: has 1 blob',
      { blobs: ['in:a/1'], kept: ran, run: { state: 'failed', version: '', error: 'it did not load' } },
    ],
    ['nothing new since r1', doneWith(['1'])],
    ['ready: has 1 blob', doneWith(['2'])],
  ])('%s', async (expected, scene) => assert.equal(await why(scene), expected))

  function doneWith(names: readonly string[]): Scene {
    const blobs = names.map((name) => ({ tag: 'in:a', name }))
    return { blobs: ['in:a/1'], kept: ran, run: { state: 'done', blobs } }
  }

  test('without retry, one that was given up is begun again when there is something else to read', async () => {
    const run = { state: 'failed', error: 'broken', blobs: [{ tag: 'in:a', name: '1' }] } as const
    const options = { retry: false }
    assert.equal(
      await why({ blobs: ['in:a/1'], options, kept: ran, run }),
      'r1 was given up, and nothing new came: broken',
    )
    assert.equal(await why({ blobs: ['in:a/1', 'in:a/2'], options, kept: ran, run }), 'ready: has 2 blobs')
  })

  test('what somebody left behind blocks nothing', async () => {
    assert.equal(await why({ blobs: ['in:a/1'], kept: { run: 'gone' } }), 'ready: has 1 blob')
    assert.equal(
      await why({ blobs: ['in:a/1'], kept: { run: 'r1' }, run: { state: 'done', blobs: [] } }),
      'ready: has 1 blob',
    )
  })

  test('a tag that cannot be one is told', async () =>
    assert.match(await why({ options: { sourceTags: 'in/a' } }), /begins no tag/))

  test('moments of another day are told with it', () => {
    assert.equal(momentOf(new Date('2026-03-11T02:30').getTime(), NOW), '2026-03-11 02:30')
    assert.equal(momentOf(new Date('2026-03-10T02:30:05').getTime(), NOW), '02:30:05')
  })
})

describe('what it would read', () => {
  test('blobs of source rules say so, and count', async () => {
    const hour = rule({ name: 'hour', sourceTags: 'in:b', keyParts: ['k'], valueParts: [], archive: true })
    const day = rule({ name: 'day', sourceTags: [hour, 'in:c'], keyParts: ['k'], valueParts: [] })
    const blobs = ['in:a/1', 'in:b/2', 'in:b/3', 'processed:b/3', 'in:c/4']
    const { gathered } = await standing({ blobs, options: { sourceTags: ['in:a', day], minBlobs: 3 } })
    assert.deepEqual(gathered.blobs, [
      { tag: 'in:a', name: '1' },
      { tag: 'in:c', name: '4', source: 'day' },
      { tag: 'in:b', name: '2', source: 'day/hour' },
    ])
    assert.deepEqual([gathered.have, gathered.need, gathered.sources], [3, 3, ['in:a', 'in:c', 'in:b']])
  })

  test('files, from the folder of the module; only when they changed', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'hob-files-'))
    const file = join(folder, 'people.json')
    await writeFile(file, '{}')
    await utimes(file, new Date(NOW - 60 * MINUTE), new Date(NOW - 60 * MINUTE))
    const options: Partial<RuleOptions> = { sourceTags: [], sourceUrls: () => ['people.json', `file://${file}`] }
    const scene = { folder, options, kept: ran, run: { state: 'done', files: [file, file] } } as const
    const { gathered } = await standing({ folder, options })
    assert.deepEqual([gathered.files, gathered.need], [[file, file], 0])
    assert.equal(await why(scene), 'nothing new since r1')
    await utimes(file, new Date(NOW), new Date(NOW))
    assert.equal(await why(scene), 'ready: has 2 files')
    await rm(folder, { recursive: true })
    const { nextMs } = await standing(scene)
    assert.equal(await why(scene), `its sourceUrls: there is no file ${file}`)
    assert.equal(nextMs, NOW + MINUTE)
  })

  test('files that cannot be known are told', async () => {
    const sourceUrls = () => {
      throw new Error('no list today')
    }
    assert.equal(await why({ options: { sourceTags: [], sourceUrls } }), 'its sourceUrls: no list today')
  })
})

test('the next time that something changes', async () => {
  const nextOf = async (scene: Scene): Promise<string | null> => {
    const { nextMs } = await standing(scene)
    return nextMs === null ? null : momentOf(nextMs, NOW)
  }
  assert.equal(await nextOf({}), null)
  assert.equal(await nextOf({ kept: { lastStartedMs: NOW - MINUTE } }), '12:04')
  assert.equal(await nextOf({ options: { timeDelta: { oclock: '13:00' } } }), '13:00')
  assert.equal(await nextOf({ options: { dayRange: 1 } }), '2026-03-11 00:00')
  assert.equal(await nextOf({ options: { dayRange: 1, dayStart: '2026-03-01' } }), null)
})

test('pause and resume change nothing else of the record', async () => {
  await using kitchen = openTestKitchen()
  const value = JSON.stringify({ run: 'r1', lastStartedMs: 5, lastEndedMs: null, isPaused: false, lastRun: 'r0' })
  await kitchen.broker.commit([{ put: [{ key: 'rule/m.r', value }] }])
  assert.equal(await setPaused(kitchen.broker, 'm.r', true), false)
  assert.equal(await setPaused(kitchen.broker, 'm.r', true), true)
  const paused = await kitchen.broker.record('rule/m.r')
  assert.deepEqual(JSON.parse(paused?.value ?? ''), { ...JSON.parse(value), isPaused: true })
  assert.equal(await setPaused(kitchen.broker, 'm.r', false), true)
  assert.deepEqual(JSON.parse((await kitchen.broker.record('rule/m.r'))?.value ?? ''), JSON.parse(value))
})
