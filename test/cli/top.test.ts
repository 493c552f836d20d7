import assert from 'node:assert/strict'
import { PassThrough } from 'node:stream'
import { test } from 'vitest'
import type { JobView } from '#hob/broker/control.js'
import { openMemory } from '#hob/broker/memory/memory.js'
import { listenForKeys } from '#hob/cli/keys.js'
import { makePaint } from '#hob/cli/print/colour.js'
import { FullScreen } from '#hob/cli/print/full-screen.js'
import { Output } from '#hob/cli/print/output.js'
import { topLines } from '#hob/cli/top-lines.js'
import { latencyOf, TopLooker, type TopQueue } from '#hob/cli/top-view.js'
import { VirtualClock } from '#hob/core/clock.js'
import { hob, inScratchFolder } from './hob.js'

const IDLE: TopQueue = {
  queue: 'idle',
  counts: { scheduled: 0, ready: 0, running: 0, done: 9, error: 0, cancelled: 0 },
  isPaused: false,
  inPerSecond: null,
  outPerSecond: 0,
  oldestReadyMs: null,
  latency: null,
}

const lines = (queues: readonly TopQueue[], height: number): readonly string[] =>
  topLines({ place: 'hob.db', nowMs: 0, queues, nodes: [] }, { paint: makePaint(false), height, notice: 'held' })

test('rates are what came and what went since the first look', async () => {
  const clock = new VirtualClock()
  await using broker = Object.assign(openMemory({ clock }), { [Symbol.asyncDispose]: async () => {} })
  const looker = new TopLooker(broker)
  const send = (count: number) =>
    broker.commit([{ send: Array.from({ length: count }, () => ({ queue: 'mail', payload: '1' })) }])
  await send(10)
  const [first] = (await looker.look()).queues
  assert.deepEqual([first?.inPerSecond, first?.outPerSecond, first?.oldestReadyMs], [null, 0, 0])
  clock.pass(10_000)
  await send(50)
  const taken = await broker.take({ queue: 'mail', node: 'a', countMax: 20, leaseMs: 60_000 })
  await broker.commit(taken.map(({ id, lease }) => ({ settle: { job: id, lease, outcome: { kind: 'done' } } })))
  const [second] = (await looker.look()).queues
  // 20 went in the second that there is a count of, and 30 more are there after ten seconds.
  assert.equal(second?.outPerSecond, 20)
  assert.equal(second?.inPerSecond, 23)
})

test('only the queues that the screen shows are looked at closely, the busy ones first', async () => {
  const clock = new VirtualClock()
  await using broker = Object.assign(openMemory({ clock }), { [Symbol.asyncDispose]: async () => {} })
  for (const queue of ['a', 'b', 'c', 'd']) await broker.commit([{ send: [{ queue, payload: '1' }] }])
  const [job] = await broker.take({ queue: 'a', node: 'n', countMax: 1, leaseMs: 60_000 })
  assert.ok(job)
  await broker.commit([{ settle: { job: job.id, lease: job.lease, outcome: { kind: 'done' } } }])
  // The minute of what ended has passed: a is idle.
  clock.pass(120_000)
  const { queues } = await new TopLooker(broker).look(2)
  assert.deepEqual(
    queues.map(({ queue, oldestReadyMs }) => [queue, oldestReadyMs]),
    [
      ['a', null],
      ['b', 120_000],
      ['c', 120_000],
      ['d', null],
    ],
  )
  const whole = (await new TopLooker(broker).look()).queues
  assert.deepEqual(
    whole.map(({ oldestReadyMs }) => oldestReadyMs),
    [null, 120_000, 120_000, 120_000],
  )
})

test('half of the jobs took no longer than p50, and 95 of 100 no longer than p95', () => {
  const jobs = Array.from({ length: 100 }, (_, at) => ({
    dueMs: 1_000,
    startedMs: 1_001 + at,
    settledMs: 1_001 + at + 2 * (at + 1),
  })) as unknown as readonly JobView[]
  assert.deepEqual(latencyOf(jobs, 0), {
    waited: { p50Ms: 50, p95Ms: 95 },
    ran: { p50Ms: 100, p95Ms: 190 },
  })
  assert.equal(latencyOf(jobs, 10_000), null)
  assert.equal(latencyOf([], 0), null)
})

test('what is busy stands first, and what does not fit is counted', () => {
  const busy: TopQueue = {
    ...IDLE,
    queue: 'mail',
    counts: { ...IDLE.counts, ready: 1_234 },
    inPerSecond: 12,
    outPerSecond: 34,
    oldestReadyMs: 61_000,
    latency: { waited: { p50Ms: 3, p95Ms: 1_500 }, ran: { p50Ms: 20, p95Ms: 90 } },
    isPaused: true,
  }
  const shown = lines([IDLE, busy], 24)
  assert.match(shown[0] ?? '', /^hob\.db .* held$/)
  assert.match(
    shown[2] ?? '',
    /^QUEUE +READY +SCHEDULED +RUNNING +ERROR +IN +OUT +OLDEST +WAIT P50\/P95 +RUN P50\/P95 +PAUSED$/,
  )
  assert.match(shown[3] ?? '', /^mail +1,234 +0 +0 +0 +12\/s +34\/s +1m 1s +3ms\/1\.5s +20ms\/90ms +paused$/)
  assert.match(shown[4] ?? '', /^idle +0 .* - +- +-$/)
  const many = lines(
    Array.from({ length: 30 }, (_, at) => ({ ...IDLE, queue: `q${at}` })),
    12,
  )
  assert.equal(many.at(-1), '… and 24 queues more')
  assert.ok(many.length < 12)
})

test('where there is no terminal it prints one frame', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1'], { cwd })
    const { status, out } = await hob(['top'], { cwd })
    assert.equal(status, 0)
    assert.match(out, /hob\.db .*\n\nQUEUE .*\nmail +1 /)
    assert.ok(!out.includes('\u001b'))
    const view = JSON.parse((await hob(['top', '--json'], { cwd })).out)
    assert.deepEqual([view.queues[0].queue, view.queues[0].counts.ready, view.nodes], ['mail', 1, []])
    assert.equal((await hob(['top', '--every', '1ms'], { cwd })).status, 2)
  }))

test('the screen that was there comes back when it is left', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, rows: 4, columns: 80 })
  const screen = new FullScreen(new Output(stream))
  screen.leave()
  assert.equal(stream.read(), null)
  screen.draw(['a', 'b', 'c', 'd', 'e'])
  screen.leave()
  screen.leave()
  const written = String(stream.read())
  assert.ok(written.startsWith('\u001b[?1049h'))
  assert.ok(written.endsWith('\u001b[?1049l'))
  assert.deepEqual([written.includes('c'), written.includes('d\u001b')], [true, false])
})

test('keys are told one by one, and the terminal is as before afterwards', () => {
  const modes: boolean[] = []
  const input = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: (isRaw: boolean) => void modes.push(isRaw),
  })
  const keys: string[] = []
  const end = listenForKeys(input, (key) => keys.push(key))
  input.emit('data', Buffer.from('q \u0003'))
  end()
  input.emit('data', Buffer.from('x'))
  assert.deepEqual(
    [keys, modes],
    [
      ['q', ' ', '\u0003'],
      [true, false],
    ],
  )
  listenForKeys(new PassThrough(), () => assert.fail('there is no terminal'))()
})
