import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { bad, type Finding, good, note } from '#hob/broker/diagnosis.js'
import { openMemory } from '#hob/broker/memory/memory.js'
import { openSqlite } from '#hob/broker/sqlite/open.js'
import { findingsOf } from '#hob/cli/doctor-findings.js'
import { doctorLines } from '#hob/cli/doctor-lines.js'
import { measureTrips, type Sight } from '#hob/cli/doctor-view.js'
import { workOf } from '#hob/cli/doctor-work.js'
import { makePaint } from '#hob/cli/print/colour.js'
import { VirtualClock } from '#hob/core/clock.js'
import type { NodePresence } from '#hob/queue/presence.js'
import { hob, inScratchFolder } from './hob.js'

const NOW_MS = 1_700_000_000_000

const node = (name: string, queue: string): NodePresence => ({
  name,
  queue,
  host: 'a',
  pid: 1,
  machine: 'm',
  processStart: null,
  role: 'waiter',
  concurrency: 1,
  startedMs: NOW_MS,
  done: 0,
  failed: 0,
})

const queue = (name: string, ready: number): Sight['queues'][number] => ({
  queue: name,
  counts: { scheduled: 0, ready, running: 0, done: 0, error: 0, cancelled: 0 },
  recent: { ended: 0, seconds: 60 },
  isPaused: false,
})

const lease = (
  takenMs: number,
  leftMs: number,
  more: { node?: string; jobs?: string[] } = {},
): Sight['leases'][number] => ({
  lease: { queue: 'q', epoch: 1 },
  node: 'a/1',
  takenMs,
  leftMs,
  jobs: ['7'],
  ...more,
})

/** A kitchen where all is well, but for what is said. */
const sight = (more: Partial<Sight> = {}): Sight => ({
  kitchen: { engine: 'sqlite', place: '/x/hob.db', lossWindow: null, schemaVersion: 2, nowMs: NOW_MS },
  diagnosis: { survives: 'An acknowledged job survives.', findings: [good('engine', 'SQLite 3')], setAside: [] },
  trips: { latencyMs: 0.3, clockOffsetMs: 0, clockDoubtMs: 1 },
  queues: [],
  leases: [],
  nodes: [],
  gone: new Set(),
  ...more,
})

function findingOn(topic: string, more: Partial<Sight>): Finding {
  const looked = sight(more)
  const found = findingsOf(looked, workOf(looked)).filter((each) => each.topic === topic)
  assert.equal(found.length, 1)
  return found[0] ?? assert.fail()
}

const levelOf = (topic: string, more: Partial<Sight>): string => findingOn(topic, more).level

describe('what a doctor finds', () => {
  test('when all is well: nothing but good, and each topic once', () => {
    const looked = sight()
    const findings = findingsOf(looked, workOf(looked))
    assert.ok(findings.every(({ level }) => level === 'good'))
    assert.equal(new Set(findings.map(({ topic }) => topic)).size, findings.length)
  })

  test('a clock that is off, but only when no trip can explain it', () => {
    const clock = (clockOffsetMs: number, clockDoubtMs = 1) =>
      findingOn('clock', { trips: { latencyMs: 1, clockOffsetMs, clockDoubtMs } })
    assert.equal(clock(900).level, 'good')
    assert.equal(clock(2_000, 1_500).level, 'good')
    assert.deepEqual(
      [clock(3_600_000), clock(-90_000)].map(({ level, found }) => [level, found]),
      [
        ['note', 'this host is 1h 0m behind the store'],
        ['note', 'this host is 1m 30s ahead of the store'],
      ],
    )
  })

  test('a store that is slow, and one that is too slow', () => {
    const latency = (latencyMs: number) => levelOf('latency', { trips: { ...sight().trips, latencyMs } })
    assert.deepEqual([0.01, 20, 21, 1_000, 1_001].map(latency), ['good', 'good', 'note', 'note', 'bad'])
  })

  test('jobs that nobody will take: those of queues without a node and without a lease that stands', () => {
    const queues = [queue('idle', 3), queue('q', 5), queue('empty', 0), queue('other', 4)]
    const { level, found, advice } = findingOn('waiting', {
      queues,
      nodes: [node('b/2', 'other'), node('c/3', 'idle')],
      leases: [lease(NOW_MS - 5, 5)],
      gone: new Set(['c/3']),
    })
    assert.equal(level, 'note')
    assert.equal(found, '3 jobs, and nobody works idle')
    assert.match(advice ?? '', /hob deliver -q idle /)
    assert.equal(levelOf('waiting', { queues, nodes: queues.map((each) => node('b/2', each.queue)) }), 'good')
    const ofGone = { queues: [queue('q', 5)], leases: [lease(NOW_MS - 5, 5)], gone: new Set(['a/1']) }
    assert.equal(levelOf('waiting', ofGone), 'note')
  })

  test('the oldest running job, and whether its node has ended', () => {
    const leases = [
      lease(NOW_MS - 4_000, 9_000, { jobs: ['8', '9'] }),
      lease(NOW_MS - 9_000, 9_000, { jobs: [] }),
      lease(NOW_MS - 99_000, -1, { jobs: ['1'] }),
    ]
    assert.equal(findingOn('running', { leases }).found, 'the oldest is job 8 of q, begun 4.0s ago by a/1')
    assert.equal(findingOn('running', { leases }).level, 'good')
    assert.match(findingOn('running', { leases, gone: new Set(['a/1']) }).advice ?? '', /hob reset -q q$/)
    assert.equal(levelOf('running', { leases: [lease(NOW_MS - 2 * 86_400_000, 9_000)] }), 'note')
  })

  test('jobs of ended leases that nobody took back, once there was time to', () => {
    const ended = (...leftMs: number[]) =>
      findingOn('leases', { leases: leftMs.map((each) => lease(NOW_MS - 90_000, each)) })
    assert.equal(ended(1).level, 'good')
    assert.equal(ended(0).level, 'note')
    assert.equal(ended(-5_000).level, 'note')
    assert.equal(ended(-5_001).level, 'bad')
    const { level, found, advice } = ended(-3_000, -65_000, 10)
    assert.equal(level, 'bad')
    assert.equal(found, '2 jobs under leases that ended up to 1m 5s ago, not taken back yet')
    assert.match(advice ?? '', /hob reset -q q$/)
    assert.equal(levelOf('leases', { leases: [lease(0, -9_999, { jobs: [] })] }), 'good')
  })

  test('jobs that were set aside, the first few by their ids', () => {
    const setAside = ['9', '8', '7', '6', '5', '4', '3']
    const { level, found } = findingOn('set aside', { diagnosis: { ...sight().diagnosis, setAside } })
    assert.deepEqual([level, found], ['note', '7 jobs crashed too often: 9, 8, 7, 6, 5 and 2 more'])
  })
})

test('the offset of the store is measured, whichever way it goes', async () => {
  for (const aheadMs of [3_600_000, -3_600_000, 0]) {
    const broker = openMemory({ clock: new VirtualClock(NOW_MS + aheadMs) })
    const trips = await measureTrips(broker, { nowMs: () => NOW_MS, elapsedMs: () => 5 })
    assert.deepEqual(trips, { latencyMs: 0, clockOffsetMs: aheadMs, clockDoubtMs: 0 })
    await broker.close()
  }
})

test('a store that answers slowly is asked less often', async () => {
  const broker = openMemory({ clock: new VirtualClock(NOW_MS) })
  let [elapsedMs, reads] = [0, 0]
  const slow = {
    describe: () => broker.describe(),
    record(key: string) {
      reads += 1
      elapsedMs += 900
      return broker.record(key)
    },
  }
  const { latencyMs } = await measureTrips(slow, { nowMs: () => NOW_MS, elapsedMs: () => elapsedMs })
  assert.deepEqual([reads, latencyMs], [3, 900])
  await broker.close()
})

test('the lines for people: a mark, the topic, what was found, advice below it, and what survives', () => {
  const findings = [good('a', 'fine'), note('of two words', 'so so'), bad('b', 'wrong\u001b[2J', 'Mend it.')]
  assert.deepEqual(doctorLines(findings, 'A job survives.', makePaint(false)), [
    'ok    a             fine',
    'note  of two words  so so',
    'BAD   b             wrong␛[2J',
    '                    Mend it.',
    '',
    'A job survives.',
  ])
  assert.ok(doctorLines(findings, '', makePaint(true)).some((line) => line.startsWith('\u001b[31mBAD \u001b[39m  b ')))
})

describe('hob doctor', () => {
  test('of a new kitchen: all is well, in lines and in JSON', () =>
    inScratchFolder(async (cwd) => {
      await hob(['load', '-'], { cwd, input: 'one\n' })
      const { status, out, err } = await hob(['doctor', '--deep'], { cwd })
      assert.deepEqual([status, err], [0, ''])
      assert.match(out, /^ok {4}kitchen {6}sqlite, schema \d+, at .*hob\.db\nok {4}engine {7}SQLite 3\.\d+/)
      assert.match(out, /\nok {4}integrity /)
      assert.match(out, /\nnote {2}waiting .*1 job, and nobody works orders\n {19}Start a worker: /)
      assert.match(out, /\n\nAn acknowledged job survives .*\.\n$/)
      const seen = JSON.parse((await hob(['doctor', '--json'], { cwd })).out) as Record<string, unknown>
      assert.deepEqual(Object.keys(seen), [
        'isWell',
        'survives',
        'kitchen',
        'latencyMs',
        'clockOffsetMs',
        'clockDoubtMs',
        'work',
        'findings',
      ])
      assert.equal(seen.isWell, true)
    }))

  test('of a kitchen whose worker was lost and that nobody swept: BAD, and status 1, until it is taken back', () =>
    inScratchFolder(async (cwd) => {
      const file = join(cwd, 'hob.db')
      const earlierMs = () => Date.now() - 60_000
      const broker = await openSqlite({ file, synchronous: 'full', create: true, nowMs: earlierMs })
      await broker.commit([{ send: [{ queue: 'moons', payload: '1' }] }])
      await broker.take({ queue: 'moons', node: 'elsewhere/1', countMax: 1, leaseMs: 10_000 })
      await broker.close()
      const { status, out } = await hob(['doctor', '-k', 'sqlite:hob.db'], { cwd })
      assert.equal(status, 1)
      assert.match(out, /\nBAD {3}leases +1 job under leases .*\n +Start a worker of moons.* hob reset -q moons\n/)
      const { out: json, status: jsonStatus } = await hob(['doctor', '-k', 'sqlite:hob.db', '--json'], { cwd })
      assert.deepEqual([jsonStatus, JSON.parse(json).isWell, JSON.parse(json).work.ended.jobs], [1, false, 1])
      await hob(['reset', '-q', 'moons', '-k', 'sqlite:hob.db'], { cwd })
      assert.equal((await hob(['doctor', '-k', 'sqlite:hob.db'], { cwd })).status, 0)
    }))

  test('where there is no kitchen: status 3, and none is made', () =>
    inScratchFolder(async (cwd) => {
      assert.deepEqual(await hob(['doctor'], { cwd }), {
        status: 3,
        out: '',
        err: 'hob: there is no kitchen at .hob/hob.db\nName one that stands elsewhere with --kitchen or HOB_KITCHEN. The first job, blob or run of a rule makes one: hob send, load, blob push, rule run.\n',
      })
    }))

  test('of a damaged file: only a deep look finds it', () =>
    inScratchFolder(async (cwd) => {
      await hob(['load', '-k', 'sqlite:hob.db', '-'], { cwd, input: 'a row of some length\n'.repeat(5_000) })
      const file = join(cwd, 'hob.db')
      const bytes = await readFile(file)
      const page = 4_096
      bytes.fill(0x5a, bytes.length - 20 * page, bytes.length - 10 * page)
      await writeFile(file, bytes)
      assert.equal((await hob(['doctor', '-k', 'sqlite:hob.db'], { cwd })).status, 0)
      const { status, out } = await hob(['doctor', '-k', 'sqlite:hob.db', '--deep'], { cwd })
      assert.equal(status, 1)
      assert.match(out, /\nBAD {3}integrity +the file is damaged: .*\n +Keep a copy/)
    }))
})
