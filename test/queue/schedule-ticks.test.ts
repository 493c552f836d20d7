import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { ArgumentError, type KitchenError } from '#hob/core/errors.js'
import { ScheduleKitchen, START_MS, turns } from './schedule-kitchen.js'

const HOUR_MS = 3_600_000

describe('ticks', () => {
  test('send a job each, at their times', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({
      name: 'beat',
      everyMs: 5_000,
      queue: 'q',
      payload: { a: 1 },
      priority: 7,
      attemptsMax: 2,
    })
    const { ticks, faults } = await kitchen.scheduler()
    await kitchen.pass(16_000)
    const jobs = await kitchen.jobs()
    assert.deepEqual(await kitchen.sentSeconds(), [5, 10, 15])
    assert.deepEqual(
      jobs.map(({ payload, priority, key }) => ({ payload, priority, key })),
      [
        { payload: '{"a":1}', priority: 7, key: null },
        { payload: '{"a":1}', priority: 7, key: null },
        { payload: '{"a":1}', priority: 7, key: null },
      ],
    )
    assert.deepEqual(
      ticks.map(({ ticksMs }) => ticksMs),
      [5_000, 10_000, 15_000].map((ms) => [START_MS + ms]),
    )
    assert.deepEqual(faults, [])
    const view = await kitchen.schedules.get('beat')
    assert.deepEqual(
      { lastMs: view?.lastMs, nextMs: view?.nextMs, sentCount: view?.sentCount },
      { lastMs: START_MS + 15_000, nextMs: START_MS + 20_000, sentCount: 3 },
    )
  })

  test('of cron come at the times of the zone', async () => {
    const kitchen = new ScheduleKitchen()
    // The test begins at 23:13:20 in Berlin.
    const night = { name: 'night', cron: '30 23 * * *', zone: 'Europe/Berlin' }
    await kitchen.schedules.put({ ...night, queue: 'q', payload: {}, timeMember: 'at' })
    await kitchen.scheduler()
    await kitchen.pass(25 * HOUR_MS, 60_000)
    const firstMs = START_MS + 1_000_000
    assert.deepEqual(await kitchen.payloads(), [{ at: firstMs }, { at: firstMs + 24 * HOUR_MS }])
  })

  test('tell their time where a member is named for it', async () => {
    const kitchen = new ScheduleKitchen()
    const payload = JSON.parse('{"to": "ada", "__proto__": 1}')
    await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q', payload, timeMember: 'atMs' })
    await kitchen.scheduler()
    await kitchen.pass(1_000)
    const [job] = await kitchen.jobs()
    assert.equal(job?.payload, `{"to":"ada","__proto__":1,"atMs":${START_MS + 1_000}}`)
  })

  test('begin at the time that is given, and keep its rhythm over an edit', async () => {
    const kitchen = new ScheduleKitchen()
    const options = { name: 'a', everyMs: 60_000, fromMs: START_MS + 90_000, queue: 'q' }
    assert.equal((await kitchen.schedules.put(options)).schedule.nextMs, START_MS + 90_000)
    await kitchen.scheduler()
    await kitchen.pass(100_000)
    await kitchen.schedules.put({ ...options, payload: 2 })
    await kitchen.pass(60_000)
    assert.deepEqual(await kitchen.sentSeconds(), [90, 150])

    // A beginning that is yet to come, of one that has ticked already.
    await kitchen.schedules.put({ ...options, fromMs: START_MS + 400_000 })
    await kitchen.pass(245_000)
    assert.deepEqual(await kitchen.sentSeconds(), [90, 150, 400])
    await kitchen.schedules.remove('a')

    const { fromMs: _, ...ownTime } = { ...options, name: 'b' }
    await kitchen.schedules.put(ownTime)
    await kitchen.pass(10_000)
    assert.equal((await kitchen.schedules.put({ ...ownTime, payload: 1 })).schedule.nextMs, START_MS + 465_000)
  })

  test('are reckoned by the store, whatever time the process has', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: 10_000, queue: 'q' })
    await kitchen.scheduler('late', START_MS + HOUR_MS)
    await kitchen.pass(20_000)
    assert.deepEqual(await kitchen.sentSeconds(), [10, 20])
  })

  test('a schedule that is put without its state ticks all the same', async () => {
    const kitchen = new ScheduleKitchen()
    const { schedule } = await kitchen.schedules.put({ name: 'a', everyMs: 10_000, queue: 'q' })
    await kitchen.scheduler()
    const { name: _n, nextMs: _x, lastMs: _l, ...definition } = schedule
    const value = JSON.stringify({ ...definition, everyMs: 3_000 })
    await kitchen.broker.commit([
      {
        put: [
          { key: 'schedule/a', value },
          { key: 'schedule/b', value },
        ],
      },
    ])
    await kitchen.pass(4_000)
    assert.deepEqual(await kitchen.sentSeconds(), [3, 3])
  })
})

describe('a process without schedules', () => {
  test('stands for nothing, and again for nothing when the last one is removed', async () => {
    const kitchen = new ScheduleKitchen()
    const { scheduler } = await kitchen.scheduler()
    await kitchen.pass(60_000)
    assert.deepEqual(await kitchen.broker.records('leader/', { countMax: 10 }), [])
    await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q' })
    await kitchen.pass(2_000)
    assert.equal(scheduler.isLeading, true)
    assert.equal(await kitchen.schedules.remove('a'), true)
    await kitchen.pass(1_000)
    assert.deepEqual(await kitchen.broker.records('', { countMax: 10 }), [])
    assert.equal(scheduler.isLeading, false)
    assert.equal((await kitchen.jobs()).length, 2)
  })
})

describe('leaders', () => {
  test('two schedulers tick each tick once, and one of them leads', async () => {
    const kitchen = new ScheduleKitchen()
    for (let at = 0; at < 20; at++)
      await kitchen.schedules.put({ name: `s${at}`, everyMs: 1_000 + at, queue: `q${at}` })
    const [a, b] = [await kitchen.scheduler('a'), await kitchen.scheduler('b')]
    // Up to a moment at which none of them is due.
    await kitchen.pass(30_900, 100)
    for (let at = 0; at < 20; at++) {
      assert.equal((await kitchen.jobs(`q${at}`)).length, 30)
    }
    assert.deepEqual([a.scheduler.isLeading, b.scheduler.isLeading], [true, false])
    assert.equal(b.ticks.length, 0)
  })

  test('one that is stopped hands over at once', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q' })
    const [a, b] = [await kitchen.scheduler('a'), await kitchen.scheduler('b')]
    await kitchen.pass(3_500, 500)
    await a.scheduler.stop()
    await a.scheduler.stop()
    await turns()
    assert.equal(b.scheduler.isLeading, true)
    await kitchen.pass(3_000, 500)
    assert.deepEqual(await kitchen.sentSeconds(), [1, 2, 3, 4, 5, 6])
  })

  test('one that is killed is followed by another, which loses and repeats nothing of what is to be made up for', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({
      name: 'a',
      everyMs: 1_000,
      queue: 'q',
      payload: {},
      timeMember: 'atMs',
      missed: 'all',
    })
    const [a, b] = [await kitchen.scheduler('a'), await kitchen.scheduler('b')]
    await kitchen.pass(7_500, 500)
    await a.kill()
    await kitchen.pass(30_000, 500)
    assert.ok(b.ticks.length > 0)
    const times = (await kitchen.payloads()).map((payload) => (payload as { atMs: number }).atMs - START_MS)
    assert.deepEqual(
      times,
      Array.from({ length: 37 }, (_, at) => (at + 1) * 1_000),
    )
    // The longest silence: the life of a leader's record since its last renewal.
    const seconds = await kitchen.sentSeconds()
    const silence = Math.max(...seconds.map((second, at) => second - (seconds[at - 1] ?? 0)))
    assert.ok(silence <= 16, String(silence))
  })

  test('two that both think they lead tick each tick once', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q' })
    const a = await kitchen.scheduler('a')
    await kitchen.pass(2_000)
    // The record is gone although its holder lives, as after it was suspended for long.
    await kitchen.broker.commit([{ put: [{ key: 'leader/schedules', value: null }] }])
    const b = await kitchen.scheduler('b')
    assert.deepEqual([a.scheduler.isLeading, b.scheduler.isLeading], [true, true])
    await kitchen.pass(20_000)
    assert.deepEqual(
      await kitchen.sentSeconds(),
      Array.from({ length: 22 }, (_, at) => at + 1),
    )
    assert.notEqual(a.scheduler.isLeading, b.scheduler.isLeading)
    assert.deepEqual([...a.faults, ...b.faults], [])
  })

  test('one whose kitchen was closed says so, and tries no more', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q' })
    const a = await kitchen.scheduler('a')
    await kitchen.pass(2_000)
    await a.kill()
    await kitchen.pass(120_000)
    const codes = a.faults.map((fault) => (fault as KitchenError).code)
    assert.ok(codes.length >= 1 && codes.length <= 2, codes.join())
    assert.deepEqual(new Set(codes), new Set(['closed']))
    await a.scheduler.stop()
  })

  test('stop before start does nothing, and nothing starts after it', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q' })
    const { Scheduler } = await import('#hob/queue/scheduler.js')
    const scheduler = new Scheduler(kitchen.broker, { clock: kitchen.clock })
    await scheduler.stop()
    scheduler.start()
    await kitchen.pass(2_000)
    assert.deepEqual(await kitchen.jobs(), [])
  })
})

describe('ticks that nobody was there for', () => {
  const afterAnHour = async (missed: 'skip' | 'once' | 'all', everyMs: number, nothingForMs = HOUR_MS) => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs, queue: 'q', missed })
    await kitchen.pass(nothingForMs, nothingForMs)
    const { ticks } = await kitchen.scheduler()
    await turns()
    const [tick] = ticks
    return {
      sent: (await kitchen.jobs()).length,
      missedCount: tick?.missedCount,
      view: await kitchen.schedules.get('a'),
    }
  }

  test('are left out', async () => {
    const { sent, missedCount, view } = await afterAnHour('skip', 25 * 60_000)
    assert.deepEqual(
      { sent, missedCount, total: view?.missedCount, lastMs: view?.lastMs },
      { sent: 0, missedCount: 2, total: 2, lastMs: null },
    )
    assert.equal(view?.nextMs, START_MS + 75 * 60_000)
  })

  test('are given once', async () => {
    const { sent, missedCount, view } = await afterAnHour('once', 25 * 60_000)
    assert.deepEqual(
      { sent, missedCount, lastMs: view?.lastMs },
      { sent: 1, missedCount: 1, lastMs: START_MS + 50 * 60_000 },
    )
  })

  test('are all given, up to the bound', async () => {
    assert.deepEqual((({ sent, missedCount }) => ({ sent, missedCount }))(await afterAnHour('all', 25 * 60_000)), {
      sent: 2,
      missedCount: 0,
    })
    const { sent, missedCount = 0, view } = await afterAnHour('all', 1_000, 10 * HOUR_MS)
    assert.ok(sent > 0 && sent <= 1_000)
    assert.equal(sent + missedCount, 1_001)
    assert.equal(view?.nextMs, START_MS + 10 * HOUR_MS + 1_000)
  })
})

describe('a tick while the job before has not ended', () => {
  test('allow: is sent', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q' })
    await kitchen.scheduler()
    await kitchen.pass(3_000)
    assert.equal((await kitchen.jobs()).length, 3)
  })

  test('skip: is left out, and counted', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q', overlap: 'skip' })
    await kitchen.scheduler()
    await kitchen.pass(3_500, 500)
    await kitchen.doOne()
    await kitchen.pass(2_000, 500)
    assert.deepEqual(await kitchen.sentSeconds(), [1, 4])
    const view = await kitchen.schedules.get('a')
    assert.deepEqual([view?.sentCount, view?.overlappedCount, view?.lastMs], [2, 3, START_MS + 5_000])
  })

  test('queue: waits for its end, each with its own time', async () => {
    const kitchen = new ScheduleKitchen()
    const options = { name: 'a', everyMs: 10_000, queue: 'q', payload: {}, timeMember: 'at', overlap: 'queue' } as const
    await kitchen.schedules.put(options)
    const { scheduler } = await kitchen.scheduler()
    await kitchen.pass(35_000, 500)
    assert.deepEqual(await kitchen.sentSeconds(), [10])
    assert.equal((await kitchen.schedules.get('a'))?.waitingCount, 2)
    await kitchen.doOne()
    await kitchen.pass(1_500, 500)
    assert.equal((await kitchen.jobs()).length, 2)
    // Another leader knows what waits, and for which job.
    await scheduler.stop()
    await kitchen.scheduler('b')
    await kitchen.pass(1_500, 500)
    assert.equal((await kitchen.jobs()).length, 2)
    await kitchen.doOne()
    await kitchen.pass(1_000, 500)
    await kitchen.doOne()
    await kitchen.pass(2_500, 500)
    assert.deepEqual(
      await kitchen.payloads(),
      [10, 20, 30, 40].map((second) => ({ at: START_MS + second * 1_000 })),
    )
    const view = await kitchen.schedules.get('a')
    assert.deepEqual([view?.waitingCount, view?.sentCount, view?.overlappedCount], [0, 4, 0])
  })

  test('run by hand: it waits for that job, too', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: 10_000, queue: 'q', overlap: 'queue' })
    await kitchen.scheduler()
    const run = await kitchen.schedules.runNow('a')
    assert.equal(run.isNew, true)
    assert.deepEqual(await kitchen.schedules.runNow('a'), { id: run.id, isNew: false })
    await kitchen.pass(12_000)
    assert.equal((await kitchen.jobs()).length, 1)
    await kitchen.doOne()
    await kitchen.pass(2_000)
    assert.equal((await kitchen.jobs()).length, 2)
  })
})

describe('edits', () => {
  test('hold from the next tick on, also one that is about to be given', async () => {
    const kitchen = new ScheduleKitchen()
    const put = (payload: number, everyMs = 100) => kitchen.schedules.put({ name: 'a', everyMs, queue: 'q', payload })
    await put(0)
    await kitchen.scheduler()
    for (let edit = 1; edit <= 50; edit++) {
      // Ticks are under way while the edit is.
      const passing = kitchen.pass(100, 50)
      await put(edit)
      const before = (await kitchen.jobs()).length
      await passing
      await kitchen.pass(300, 50)
      const after = (await kitchen.payloads()).slice(before)
      assert.ok(after.length >= 2)
      assert.deepEqual(new Set(after), new Set([edit]))
    }
  })

  test('that meet a tick neither repeat it nor leave it out', async () => {
    const kitchen = new ScheduleKitchen()
    const put = (payload: { readonly round?: number }) =>
      kitchen.schedules.put({ name: 'a', everyMs: 100, queue: 'q', payload, timeMember: 'at', missed: 'all' })
    await put({})
    await kitchen.scheduler()
    for (let round = 0; round < 100; round++) {
      const passing = kitchen.pass(100, 100)
      // Each round the edit begins a little later within the tick.
      for (let turn = 0; turn < round; turn++) await undefined
      await put({ round })
      await passing
    }
    const times = (await kitchen.payloads()).map((payload) => (payload as { at: number }).at)
    assert.deepEqual(
      times,
      times.map((_, at) => START_MS + 100 * (at + 1)),
    )
    assert.ok(times.length >= 99)
  })

  test('of its times count from now', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: HOUR_MS, queue: 'q' })
    await kitchen.scheduler()
    await kitchen.pass(5_000)
    const { isNew, schedule } = await kitchen.schedules.put({ name: 'a', everyMs: 2_000, queue: 'r' })
    assert.deepEqual([isNew, schedule.nextMs], [false, START_MS + 7_000])
    await kitchen.pass(5_000)
    assert.deepEqual(await kitchen.sentSeconds('r'), [7, 9])
  })

  test('a schedule that is removed while it ticks sends nothing after that', async () => {
    for (let round = 0; round < 20; round++) {
      const kitchen = new ScheduleKitchen()
      await kitchen.schedules.put({ name: 'a', everyMs: 100, queue: 'q' })
      await kitchen.scheduler()
      const passing = kitchen.pass(1_000, 50)
      for (let turn = 0; turn < round; turn++) await new Promise((resolve) => setImmediate(resolve))
      await kitchen.schedules.remove('a')
      const before = (await kitchen.jobs()).length
      await passing
      assert.equal((await kitchen.jobs()).length, before)
      assert.deepEqual(await kitchen.broker.records('tick/', { countMax: 10 }), [])
    }
  })

  test('while it is paused it does not tick, and afterwards nothing is made up for', async () => {
    const kitchen = new ScheduleKitchen()
    const options = { name: 'a', everyMs: 1_000, queue: 'q', missed: 'all' } as const
    await kitchen.schedules.put({ ...options, isPaused: true })
    await kitchen.scheduler()
    await kitchen.pass(5_500, 500)
    assert.deepEqual(await kitchen.jobs(), [])
    assert.equal((await kitchen.schedules.get('a'))?.nextMs, null)
    await kitchen.schedules.put(options)
    await kitchen.pass(2_000, 500)
    assert.deepEqual(await kitchen.sentSeconds(), [6, 7])
  })

  test('pause and resume change nothing else of it, also what an edit meanwhile says', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q', missed: 'all', payload: 1 })
    await kitchen.scheduler()
    await kitchen.pass(2_500, 500)
    await kitchen.schedules.pause('a')
    await kitchen.pass(3_000, 500)
    await kitchen.schedules.put({ name: 'a', everyMs: 1_000, queue: 'q', missed: 'all', payload: 2, isPaused: true })
    assert.deepEqual((await kitchen.schedules.pause('a')).payload, 2)
    await kitchen.schedules.resume('a')
    await kitchen.pass(2_000, 500)
    assert.deepEqual(await kitchen.sentSeconds(), [1, 2, 6, 7])
    await assert.rejects(kitchen.schedules.pause('b'), /there is no schedule 'b'/)
    await assert.rejects(kitchen.schedules.resume(''), ArgumentError)
    assert.equal(await kitchen.schedules.get('b'), undefined)
  })

  test('a state that makes no sense is begun anew, and disturbs no other', async () => {
    const kitchen = new ScheduleKitchen()
    for (const name of ['bad', 'good']) {
      await kitchen.schedules.put({ name, everyMs: 5_000, queue: name, overlap: 'queue' })
    }
    const state = (await kitchen.broker.record('tick/bad'))?.value ?? ''
    const value = JSON.stringify({ ...JSON.parse(state), holder: { job: 1 } })
    await kitchen.broker.commit([{ put: [{ key: 'tick/bad', value }] }])
    const { faults } = await kitchen.scheduler()
    await kitchen.pass(11_000)
    assert.deepEqual(faults, [])
    assert.deepEqual(await kitchen.sentSeconds('good'), [5])
    assert.deepEqual((await kitchen.jobs('bad')).length, 1)
  })

  test('a definition that makes no sense is told, and disturbs no other', async () => {
    const kitchen = new ScheduleKitchen()
    const { schedule } = await kitchen.schedules.put({ name: 'good', everyMs: 1_000, queue: 'q' })
    const bad = JSON.stringify({ ...schedule, everyMs: null, cron: '0 99 * * *', zone: 'UTC' })
    const put = [
      { key: 'schedule/bad', value: bad },
      { key: 'schedule/worse', value: 'null' },
      { key: 'tick/good', value: '{"plan": "every", "waiting": 5}' },
    ]
    await kitchen.broker.commit([{ put }])
    const { faults } = await kitchen.scheduler()
    await kitchen.pass(3_000)
    assert.equal((await kitchen.jobs()).length, 3)
    assert.deepEqual(
      faults.map((fault) => (fault as Error).message),
      [
        "schedule 'bad' cannot be understood, and does not tick",
        "schedule 'worse' cannot be understood, and does not tick",
      ],
    )
    assert.deepEqual(
      (await kitchen.schedules.list()).map(({ name }) => name),
      ['bad', 'good'],
    )
    assert.equal(await kitchen.schedules.remove('worse'), true)
  })
})

describe("the store's clock set back an hour", () => {
  test('no tick of cron is given twice', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', cron: '*/10 * * * *', queue: 'q', payload: {}, timeMember: 'at' })
    await kitchen.scheduler()
    await kitchen.pass(2 * HOUR_MS, 60_000)
    kitchen.clock.pass(-HOUR_MS)
    await kitchen.pass(2 * HOUR_MS, 60_000)
    const times = (await kitchen.payloads()).map((payload) => (payload as { at: number }).at)
    assert.equal(new Set(times).size, times.length)
    assert.equal(times.length, 18)
  })

  test('an interval goes on within two minutes', async () => {
    const kitchen = new ScheduleKitchen()
    await kitchen.schedules.put({ name: 'a', everyMs: 10_000, queue: 'q' })
    await kitchen.scheduler()
    await kitchen.pass(60_000)
    kitchen.clock.pass(-HOUR_MS)
    await kitchen.pass(120_000)
    const before = (await kitchen.jobs()).length
    await kitchen.pass(60_000)
    assert.equal((await kitchen.jobs()).length - before, 6)
  })
})
