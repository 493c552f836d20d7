import assert from 'node:assert/strict'
import type { Broker } from '#hob/broker/broker.js'
import type { Change, Changed, JobQuery, JobView } from '#hob/broker/control.js'
import type { JobId, Outcome } from '#hob/broker/job-store.js'
import { JOB_STATES, type JobState } from '#hob/core/job-state.js'
import { type EngineUnderTest, lawsOf } from './engine.js'
import {
  assertCounted,
  at,
  commitOne,
  crash,
  done,
  LEASE_MS,
  lifeOf,
  NO_COUNTS,
  nameOf,
  namesOf,
  newJob,
  only,
  send,
  sendOne,
  settle,
  stateOf,
  summaryOf,
  sweep,
  take,
  takeNames,
  takeOne,
} from './shorthand.js'

/** What people see of a kitchen, and what their commands do to it. */
export function controlLaws(engine: EngineUnderTest): void {
  viewLaws(engine)
  diagnosisLaws(engine)
  changeLaws(engine)
  pauseLaws(engine)
  resetLaws(engine)
  cleanLaws(engine)
}

/** All jobs that a query finds, page by page. */
async function pagesOf(broker: Broker, query: Omit<JobQuery, 'after'>): Promise<JobView[]> {
  const seen: JobView[] = []
  for (;;) {
    const after = seen.at(-1)?.id
    const page = await broker.jobs(after === undefined ? query : { ...query, after })
    assert.ok(page.length <= query.countMax)
    if (page.length === 0) return seen
    seen.push(...page)
  }
}

function viewLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'views', (law) => {
    law('a kitchen describes itself', async ({ broker, pass }) => {
      const { engine: name, place, lossWindow, schemaVersion, nowMs } = await broker.describe()
      assert.match(name, /^[a-z]+$/)
      assert.ok(place.length > 0)
      assert.ok(lossWindow === null || lossWindow.length > 0)
      assert.ok(Number.isInteger(schemaVersion) && schemaVersion > 0)
      await pass(1_234)
      assert.equal((await broker.describe()).nowMs, nowMs + 1_234)
    })

    law('a new kitchen has no queues and no jobs', async ({ broker }) => {
      assert.deepEqual(await broker.queues(), [])
      assert.deepEqual(await broker.jobs({ countMax: 10 }), [])
      assert.deepEqual(await broker.leases('q'), [])
      assert.equal(await broker.job('1'), undefined)
      assert.equal(await broker.job('no such job'), undefined)
    })

    law('queues are listed by name, from their first job on', async ({ broker }) => {
      await take(broker, { queue: 'only asked' })
      await broker.wait('only waited', { mostMs: 0 })
      await send(broker, newJob('1', { queue: 'b' }), newJob('2', { queue: 'a' }), newJob('3', { queue: 'B' }))
      assert.deepEqual(
        (await broker.queues()).map(({ queue }) => queue),
        ['B', 'a', 'b'],
      )
    })

    law('counters say what a count of the jobs says, whatever happened', async (scratch) => {
      const { broker, pass } = scratch
      await send(broker, 'crashes', 'done', 'error', 'cancelled', 'retried', 'snoozed', 'released', 'held', 'waits')
      await send(
        broker,
        newJob('late', { delayMs: 1_000_000 }),
        newJob('dup', { key: 'k' }),
        newJob('dup', { key: 'k' }),
      )
      await crash(scratch)
      const jobs = await take(broker, { countMax: 8 })
      await assertCounted(broker)
      await settle(broker, at(jobs, 1), { kind: 'done' })
      await settle(broker, at(jobs, 2), { kind: 'error', error: 'no' })
      await settle(broker, at(jobs, 3), { kind: 'cancel', reason: 'no' })
      await settle(broker, at(jobs, 4), { kind: 'retry', inMs: 1_000_000, error: 'no' })
      await settle(broker, at(jobs, 5), { kind: 'snooze', inMs: 1 })
      await settle(broker, at(jobs, 6), { kind: 'release' })
      await settle(broker, at(jobs, 1), { kind: 'error', error: 'too late' })
      await pass(1)
      await sweep(broker)
      await assertCounted(broker)
      assert.deepEqual((await summaryOf(broker)).counts, {
        scheduled: 2,
        ready: 4,
        running: 2,
        done: 1,
        error: 1,
        cancelled: 1,
      })
      await sweep(broker, { doneMax: 0 })
      await broker.reset({ queue: 'q', gone: [], running: true })
      await assertCounted(broker)
      assert.deepEqual((await summaryOf(broker)).counts, { ...NO_COUNTS, scheduled: 2, ready: 7, cancelled: 1 })
    })

    law('recent counts what ended as done or error in the last 60 seconds', async ({ broker, pass }) => {
      await send(broker, 'a', 'b', 'c', 'd', 'e')
      const [a, b, c, d] = await take(broker, { countMax: 4 })
      assert.ok(a && b && c && d)
      assert.equal((await summaryOf(broker)).recent.ended, 0)
      await done(broker, a)
      await settle(broker, b, { kind: 'retry', inMs: 0, error: 'no' })
      await settle(broker, c, { kind: 'error', error: 'no' })
      await settle(broker, d, { kind: 'cancel', reason: 'no' })
      const { ended, seconds } = (await summaryOf(broker)).recent
      assert.equal(ended, 2)
      assert.ok(seconds >= 1 && seconds <= 60)
      await pass(30_000)
      await done(broker, await takeOne(broker))
      assert.equal((await summaryOf(broker)).recent.ended, 3)
      await pass(45_000)
      assert.equal((await summaryOf(broker)).recent.ended, 1)
      await pass(3_600_000)
      assert.equal((await summaryOf(broker)).recent.ended, 0)
    })

    law('a job is shown as it was sent', async ({ broker, pass }) => {
      const sentMs = (await broker.describe()).nowMs
      const id = await sendOne(
        broker,
        newJob('a', { priority: 7, delayMs: 2_000, key: 'k', keyScope: 'kept', attemptsMax: 9 }),
      )
      await pass(500)
      const view = {
        id,
        queue: 'q',
        state: 'scheduled',
        payload: '"a"',
        priority: 7,
        isExpedited: false,
        key: 'k',
        attempts: 0,
        failures: 0,
        crashes: 0,
        attemptsMax: 9,
        sentMs,
        dueMs: sentMs + 2_000,
        node: null,
        startedMs: null,
        settledMs: null,
        exitCode: null,
        error: null,
        result: null,
      }
      assert.deepEqual(await broker.jobs({ countMax: 10 }), [view])
      assert.deepEqual(await lifeOf(broker, id), { ...view, history: [], lease: null })
    })

    law('a job sent with nothing but a payload has the defaults', async ({ broker }) => {
      const [plain, front] = await send(broker, 'a', newJob('b', { expedite: true }))
      const view = await lifeOf(broker, plain ?? '')
      const { priority, isExpedited, key, attemptsMax } = view
      assert.deepEqual(
        { priority, isExpedited, key, attemptsMax },
        { priority: 0, isExpedited: false, key: null, attemptsMax: null },
      )
      assert.equal(view.dueMs, view.sentMs)
      assert.equal((await lifeOf(broker, front ?? '')).isExpedited, true)
    })

    law('due time: kept by a take, a release and a crash; set by a retry and a snooze', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      const { sentMs } = await lifeOf(broker, id)
      const dueMs = async (): Promise<number> => (await lifeOf(broker, id)).dueMs - sentMs
      await pass(1_000)
      const job = await takeOne(broker)
      assert.equal(await dueMs(), 0)
      await settle(broker, job, { kind: 'release' }, { ranMs: 1 })
      assert.equal(await dueMs(), 0)
      await crash({ broker, pass })
      assert.equal(await dueMs(), 0)
      await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 5_000, error: 'no' })
      assert.equal(await dueMs(), 1_000 + LEASE_MS + 5_000)
      await pass(5_000)
      await settle(broker, await takeOne(broker), { kind: 'snooze', inMs: 7_000 })
      assert.equal(await dueMs(), 1_000 + LEASE_MS + 12_000)
    })

    law('a view of a job and its life agree', async (scratch) => {
      const { broker } = scratch
      await send(broker, 'crashed', 'done', 'error', newJob('late', { delayMs: 1 }))
      await crash(scratch)
      const jobs = await take(broker)
      await settle(broker, at(jobs, 1), { kind: 'done', result: '1' }, { ranMs: 5, exitCode: 0 })
      await settle(broker, at(jobs, 2), { kind: 'error', error: 'no' }, { ranMs: 5, exitCode: 1 })
      for (const view of await broker.jobs({ countMax: 10 })) {
        const { history, lease, ...life } = await lifeOf(broker, view.id)
        assert.deepEqual(life, view)
        assert.equal(lease === null, view.state !== 'running')
        assert.equal(history.at(-1)?.ended === 'running', view.state === 'running')
      }
    })

    law('jobs come in pages by id, oldest first', async ({ broker }) => {
      const ids = await send(broker, ...Array.from({ length: 25 }, (_, n) => newJob(String(n), { priority: n })))
      const seen: string[] = []
      for (;;) {
        const after = seen.at(-1)
        const page = await broker.jobs(
          after === undefined ? { queue: 'q', countMax: 7 } : { queue: 'q', after, countMax: 7 },
        )
        if (page.length === 0) break
        assert.ok(page.length <= 7)
        seen.push(...page.map(({ id }) => id))
      }
      assert.deepEqual(seen, ids)
    })

    law('a page holds only the queue and the states that were asked for', async ({ broker }) => {
      await send(broker, 'a', newJob('b', { queue: 'other' }), 'c', newJob('d', { delayMs: 1 }))
      await takeOne(broker)
      const names = async (query: Partial<Parameters<typeof broker.jobs>[0]>): Promise<string[]> =>
        (await broker.jobs({ countMax: 10, ...query })).map(nameOf)
      assert.deepEqual(await names({}), ['a', 'b', 'c', 'd'])
      assert.deepEqual(await names({ queue: 'q' }), ['a', 'c', 'd'])
      assert.deepEqual(await names({ states: ['ready'] }), ['b', 'c'])
      assert.deepEqual(await names({ queue: 'q', states: ['ready', 'scheduled'] }), ['c', 'd'])
      assert.deepEqual(await names({ queue: 'q', states: ['done'] }), [])
      assert.deepEqual(await names({ queue: 'never seen' }), [])
      const [first] = await broker.jobs({ countMax: 1 })
      assert.deepEqual(await names({ after: first?.id ?? '', states: ['running', 'ready'] }), ['b', 'c'])
    })

    law('the jobs of a queue come in pages by id, wherever they stand and whatever lies between', async (scratch) => {
      const { broker, pass } = scratch
      const ids: JobId[] = []
      const sendMine = async (...jobs: Parameters<typeof send>[1][]) => void ids.push(...(await send(broker, ...jobs)))
      const sendOthers = () =>
        send(broker, ...Array.from({ length: 30 }, (_, n) => newJob(`${n}`, { queue: 'other', priority: n % 3 })))
      await sendMine('crashes')
      await sendOthers()
      await sendMine('done', 'error', 'cancelled', 'released', 'held')
      await sendOthers()
      await crash(scratch)
      await crash(scratch)
      const taken = new Map((await take(broker, { countMax: 6 })).map((job) => [JSON.parse(job.payload), job]))
      const ends: readonly [name: string, outcome: Outcome][] = [
        // Ready again, it has one crash left.
        ['crashes', { kind: 'release' }],
        ['done', { kind: 'done' }],
        ['error', { kind: 'error', error: 'no' }],
        ['cancelled', { kind: 'cancel', reason: 'no' }],
        ['released', { kind: 'release' }],
      ]
      for (const [name, outcome] of ends) {
        const job = taken.get(name)
        assert.ok(job)
        await settle(broker, job, outcome)
      }
      await sendMine(
        newJob('low', { priority: -5 }),
        newJob('late', { delayMs: 90_000 }),
        newJob('soon', { delayMs: 10 }),
      )
      await sendMine(newJob('first', { expedite: true }), ...Array.from({ length: 10 }, (_, n) => newJob(`plain ${n}`)))
      await sendOthers()
      await pass(10)
      await sweep(broker)
      const all = (await broker.jobs({ countMax: 10_000 })).filter(({ queue }) => queue === 'q')
      assert.deepEqual(new Set(all.map(({ state }) => state)), new Set(JOB_STATES))
      assert.deepEqual(
        all.map(({ id }) => id),
        ids,
      )
      const choices: (readonly JobState[])[] = [...JOB_STATES.map((state) => [state]), ['ready', 'running'], JOB_STATES]
      for (const states of choices) {
        for (const countMax of [1, 3, 100]) {
          const wanted = all.filter(({ state }) => states.includes(state))
          assert.deepEqual(await pagesOf(broker, { queue: 'q', states, countMax }), wanted, `${states} by ${countMax}`)
        }
      }
    })

    law('the ready job that has been due for the longest is known of each queue', async (scratch) => {
      const { broker, pass } = scratch
      const startMs = (await broker.describe()).nowMs
      const oldest = async (...queues: string[]) =>
        (await broker.oldestReady(queues)).map((dueMs) => (dueMs === null ? null : dueMs - startMs))
      assert.deepEqual(await oldest(), [])
      assert.deepEqual(await oldest('q', 'r'), [null, null])
      await send(broker, newJob('a', { delayMs: 5_000 }), newJob('b', { queue: 'r', expedite: true }))
      assert.deepEqual(await oldest('r', 'q', 'none'), [0, null, null])
      await pass(1_000)
      await send(broker, newJob('c', { priority: -3 }), newJob('d', { queue: 'r', expedite: true }))
      await pass(1_000)
      await send(broker, newJob('e', { priority: 9 }), 'f', newJob('g', { queue: 'r' }))
      assert.deepEqual(await oldest('q', 'r'), [1_000, 0])
      await pass(3_000)
      await take(broker, { countMax: 1 })
      await sweep(broker)
      assert.deepEqual(await oldest('q'), [1_000])
      // Of r the two that were expedited go first, then g.
      await take(broker, { queue: 'r', countMax: 2 })
      assert.deepEqual(await oldest('r', 'q', 'r'), [2_000, 1_000, 2_000])
      await take(broker, { queue: 'r' })
      assert.deepEqual(await oldest('r'), [null])
      // f, then a, and c at the end.
      await take(broker, { countMax: 2 })
      assert.deepEqual(await oldest('q'), [1_000])
      await take(broker, { countMax: 1 })
      assert.deepEqual(await oldest('q'), [null])
    })

    law('a job that has crashed often is among the oldest, too', async (scratch) => {
      const { broker, pass } = scratch
      const sentMs = (await broker.describe()).nowMs
      await send(broker, 'crashes')
      await crash(scratch)
      await crash(scratch)
      await pass(1_000)
      await send(broker, 'b')
      await sweep(broker)
      assert.deepEqual(await broker.oldestReady(['q']), [sentMs])
    })

    law('leases are shown with their nodes, what is left of them, and their running jobs', async ({ broker, pass }) => {
      const ids = await send(broker, 'a', 'b', 'c')
      const takenMs = (await broker.describe()).nowMs
      const [a, b] = await take(broker, { node: 'web/1', countMax: 2 })
      assert.ok(a && b)
      await pass(1_000)
      const c = await takeOne(broker, { node: 'web/2', leaseMs: 60_000 })
      await done(broker, a)
      assert.deepEqual(await broker.leases('q'), [
        { lease: a.lease, node: 'web/1', takenMs, leftMs: LEASE_MS - 1_000, jobs: [b.id] },
        { lease: c.lease, node: 'web/2', takenMs: takenMs + 1_000, leftMs: 60_000, jobs: [ids[2]] },
      ])
      await broker.extend([b.lease], 30_000)
      assert.equal(at(await broker.leases('q'), 0).leftMs, 30_000)
      assert.deepEqual(await broker.leases('other'), [])
    })

    law('a lease that has ended is shown until its jobs are returned', async ({ broker, pass }) => {
      await send(broker, 'a')
      await takeOne(broker)
      await pass(LEASE_MS + 5)
      assert.equal(only(await broker.leases('q')).leftMs, -5)
      await sweep(broker)
      assert.deepEqual(await broker.leases('q'), [])
    })
  })
}

function diagnosisLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'diagnosis', (law) => {
    law(
      'a new kitchen says how durable it is, and nothing else is bad, also when all of it is read',
      async ({ broker }) => {
        for (const examination of [{}, { deep: true }] as const) {
          const { survives, findings, setAside } = await broker.diagnose(examination)
          assert.match(survives, /^An acknowledged job .*\.$/)
          assert.ok(findings.some(({ topic }) => topic === 'durability'))
          // A server that a test was given may keep nothing on its disk.
          const others = findings.filter(({ topic }) => topic !== 'durability')
          assert.deepEqual(
            others.filter(({ level }) => level === 'bad'),
            [],
          )
          assert.deepEqual(setAside, [])
        }
      },
    )

    law('a diagnosis has each topic once, in one line, with advice where something is bad', async ({ broker }) => {
      const { findings } = await broker.diagnose({ deep: true })
      const topics = findings.map(({ topic }) => topic)
      assert.equal(new Set(topics).size, topics.length, topics.join(', '))
      for (const { topic, level, found, advice } of findings) {
        for (const text of [topic, found, advice ?? 'nothing']) assert.match(text, /^[^\n]+$/)
        assert.ok(level !== 'bad' || advice !== null, topic)
      }
    })

    law('a diagnosis names the jobs that were set aside, newest first, and no others in error', async (scratch) => {
      const { broker, pass } = scratch
      const [first = ''] = await send(broker, 'first bomb')
      for (let n = 0; n < 3; n += 1) await crash(scratch)
      const [second = ''] = await send(broker, 'second bomb')
      for (let n = 0; n < 3; n += 1) await crash(scratch)
      await send(broker, 'fails')
      await pass(1)
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
      assert.deepEqual((await broker.diagnose({})).setAside, [second, first])
      await broker.reset({ queue: 'q', gone: [] })
      assert.deepEqual((await broker.diagnose({})).setAside, [])
    })
  })
}

function changeLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'changes of single jobs', (law) => {
    const outcomeOf = async (broker: Broker, id: JobId, change: Change): Promise<Changed> =>
      only(await broker.change([id], change))
    const RETRY: Change = { kind: 'retry' }
    const CANCEL: Change = { kind: 'cancel', reason: 'not wanted' }
    const DROP: Change = { kind: 'drop' }

    law('retry makes a failed job ready, its failures and crashes forgotten', async (scratch) => {
      const { broker } = scratch
      const id = await sendOne(broker, newJob('a', { attemptsMax: 3 }))
      await crash(scratch)
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
      assert.equal(await outcomeOf(broker, id, RETRY), 'changed')
      const { state, failures, crashes, attempts, error } = await lifeOf(broker, id)
      assert.deepEqual([state, failures, crashes, attempts, error], ['ready', 0, 0, 0, null])
      const { attempt } = await takeOne(broker)
      assert.equal(attempt, 1)
      await assertCounted(broker)
    })

    law('retry makes a cancelled job ready', async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      await settle(broker, await takeOne(broker), { kind: 'cancel', reason: 'no' })
      assert.equal(await outcomeOf(broker, id, RETRY), 'changed')
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('retry makes a scheduled job ready now, its failures kept', async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 1_000_000, error: 'no' })
      assert.equal(await outcomeOf(broker, id, RETRY), 'changed')
      const { state, failures, dueMs } = await lifeOf(broker, id)
      assert.deepEqual([state, failures, dueMs], ['ready', 1, (await broker.describe()).nowMs])
      assert.equal((await takeOne(broker)).attempt, 2)
    })

    law('retry means nothing for a job that is ready or done', async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      assert.equal(await outcomeOf(broker, id, RETRY), 'unfit')
      await done(broker, await takeOne(broker))
      assert.equal(await outcomeOf(broker, id, RETRY), 'unfit')
      assert.equal(await stateOf(broker, id), 'done')
    })

    law('retry does not take a key from another live job', async ({ broker }) => {
      const id = await sendOne(broker, newJob('a', { key: 'k' }))
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
      const other = await sendOne(broker, newJob('b', { key: 'k' }))
      assert.equal(await outcomeOf(broker, id, RETRY), 'keyHeld')
      assert.equal(await stateOf(broker, id), 'error')
      assert.equal(await outcomeOf(broker, other, DROP), 'changed')
      assert.equal(await outcomeOf(broker, id, RETRY), 'changed')
      assert.equal(await sendOne(broker, newJob('c', { key: 'k' })), id)
    })

    law('a job that was retried stands at its place by due time', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
      await pass(1)
      await send(broker, 'b')
      await broker.change([id], RETRY)
      assert.deepEqual(await takeNames(broker), ['a', 'b'])
    })

    law('cancel ends a job that waits, and frees its live key', async ({ broker, pass }) => {
      const [ready, late] = await send(
        broker,
        newJob('ready', { key: 'k' }),
        newJob('late', { delayMs: 1_000_000, key: 'kept', keyScope: 'kept' }),
      )
      assert.ok(ready && late)
      await pass(5)
      assert.deepEqual(await broker.change([ready, late], CANCEL), ['changed', 'changed'])
      const life = await lifeOf(broker, ready)
      const nowMs = (await broker.describe()).nowMs
      assert.deepEqual(
        [life.state, life.error, life.settledMs, life.node, life.history],
        ['cancelled', 'not wanted', nowMs, null, []],
      )
      assert.deepEqual(await takeNames(broker), [])
      assert.equal(only((await commitOne(broker, { send: [newJob('next', { key: 'k' })] })).sent).isNew, true)
      assert.equal(await sendOne(broker, newJob('next', { key: 'kept', keyScope: 'kept' })), late)
      await assertCounted(broker)
    })

    law('cancel ends a job that was tried before, and keeps its history', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 1_000, error: 'no' })
      await pass(10)
      assert.equal(await outcomeOf(broker, id, CANCEL), 'changed')
      const { error, history, settledMs } = await lifeOf(broker, id)
      assert.deepEqual([error, history.length, settledMs], ['not wanted', 1, (await broker.describe()).nowMs])
    })

    law('cancel and drop end an expedited job and a suspect, too', async (scratch) => {
      const { broker } = scratch
      const suspect = await sendOne(broker, 'suspect')
      await crash(scratch)
      await crash(scratch)
      const urgent = await sendOne(broker, newJob('urgent', { expedite: true }))
      assert.deepEqual(await broker.change([suspect, urgent], CANCEL), ['changed', 'changed'])
      assert.deepEqual(await takeNames(broker), [])
      assert.deepEqual(await broker.change([suspect, urgent], DROP), ['changed', 'changed'])
      assert.deepEqual(await namesOf(broker), [])
      await assertCounted(broker)
    })

    law('cancel means nothing for a job that has ended', async ({ broker }) => {
      const [a, b] = await send(broker, 'a', 'b')
      assert.ok(a && b)
      await done(broker, await takeOne(broker))
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
      assert.deepEqual(await broker.change([b, a], CANCEL), ['unfit', 'unfit'])
      assert.equal((await lifeOf(broker, b)).error, 'no')
    })

    law('no change touches a job that runs', async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      const job = await takeOne(broker)
      for (const change of [RETRY, CANCEL, DROP]) assert.equal(await outcomeOf(broker, id, change), 'running')
      assert.equal(await done(broker, job), 'done')
    })

    law('drop deletes jobs that wait and jobs that have ended, and frees their keys', async ({ broker }) => {
      const ids = await send(
        broker,
        newJob('done', { key: 'k', keyScope: 'kept' }),
        'error',
        'cancelled',
        'ready',
        newJob('late', { delayMs: 1_000 }),
      )
      const jobs = await take(broker, { countMax: 3 })
      await done(broker, at(jobs, 0))
      await settle(broker, at(jobs, 1), { kind: 'error', error: 'no' })
      await settle(broker, at(jobs, 2), { kind: 'cancel', reason: 'no' })
      assert.deepEqual(
        await broker.change(ids, DROP),
        ids.map(() => 'changed'),
      )
      assert.deepEqual(await namesOf(broker), [])
      assert.equal(await broker.job(at(ids, 0)), undefined)
      await assertCounted(broker)
      assert.equal(only((await commitOne(broker, { send: [newJob('next', { key: 'k' })] })).sent).isNew, true)
      assert.deepEqual(await takeNames(broker), ['next'])
    })

    law('a change answers for each job apart, of whatever queue', async ({ broker }) => {
      const [a, b, running] = await send(
        broker,
        newJob('a'),
        newJob('b', { queue: 'other' }),
        newJob('c', { queue: 'third' }),
      )
      assert.ok(a && b && running)
      await takeOne(broker, { queue: 'third' })
      assert.deepEqual(await broker.change([b, 'no such job', running, '999999', a], CANCEL), [
        'changed',
        'missing',
        'running',
        'missing',
        'changed',
      ])
      await assertCounted(broker)
    })

    law('a thousand jobs are changed at once', async ({ broker }) => {
      const ids = await send(broker, ...Array.from({ length: 1_000 }, (_, n) => newJob(`${n}`)))
      assert.deepEqual(new Set(await broker.change(ids, CANCEL)), new Set(['changed']))
      assert.deepEqual(new Set(await broker.change(ids, RETRY)), new Set(['changed']))
      assert.equal((await take(broker)).length, 1_000)
    })

    law('jobs can be asked for by their ids', async ({ broker }) => {
      const [a, b, c] = await send(broker, 'a', newJob('b', { queue: 'other' }), 'c')
      assert.ok(a && b && c)
      await done(broker, await takeOne(broker))
      const named = async (query: Omit<JobQuery, 'countMax'>) =>
        (await broker.jobs({ ...query, countMax: 10 })).map(nameOf)
      assert.deepEqual(await named({ ids: [c, 'no such job', b, a] }), ['a', 'b', 'c'])
      assert.deepEqual(await named({ ids: [a, b, c], states: ['done'] }), ['a'])
      assert.deepEqual(await named({ ids: [a, b, c], queue: 'other' }), ['b'])
      assert.deepEqual(await named({ ids: [a, b, c], after: a }), ['b', 'c'])
    })
  })
}

function pauseLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'pausing', (law) => {
    const pause = (broker: Broker) => broker.pause({ queue: 'q', isPaused: true })
    const resume = (broker: Broker) => broker.pause({ queue: 'q', isPaused: false })

    law('a paused queue gives no jobs until it is resumed', async ({ broker }) => {
      await send(broker, 'a', newJob('other', { queue: 'other' }))
      assert.equal((await summaryOf(broker)).isPaused, false)
      await pause(broker)
      await pause(broker)
      assert.equal((await summaryOf(broker)).isPaused, true)
      await send(broker, 'b', newJob('urgent', { expedite: true }))
      assert.deepEqual(await takeNames(broker), [])
      assert.deepEqual(await takeNames(broker, { queue: 'other' }), ['other'])
      await resume(broker)
      assert.equal((await summaryOf(broker)).isPaused, false)
      assert.deepEqual(await takeNames(broker), ['urgent', 'a', 'b'])
    })

    law('what runs in a paused queue is renewed, settled and returned', async ({ broker, pass }) => {
      await send(broker, 'a', 'b')
      const held = await takeOne(broker)
      await takeOne(broker, { leaseMs: 1_000 })
      await pause(broker)
      await pass(1_000)
      assert.deepEqual(await broker.extend([held.lease], LEASE_MS), [])
      assert.equal((await sweep(broker)).returned.length, 1)
      assert.equal(await done(broker, held), 'done')
      assert.deepEqual(await takeNames(broker), [])
      await assertCounted(broker)
      await resume(broker)
      assert.deepEqual(await takeNames(broker), ['b'])
    })

    law('a queue may be paused before its first job, and is listed then', async ({ broker }) => {
      await pause(broker)
      assert.deepEqual((await summaryOf(broker)).counts, NO_COUNTS)
      await send(broker, 'a')
      assert.deepEqual(await takeNames(broker), [])
    })

    law('a pause outlasts a clean, and the end of the process', async ({ broker, reopen }) => {
      await send(broker, 'a')
      await pause(broker)
      await broker.clean({ queue: 'q' })
      const again = await reopen()
      assert.equal((await summaryOf(again)).isPaused, true)
      await send(again, 'b')
      assert.deepEqual(await takeNames(again), [])
    })
  })
}

function resetLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'reset', (law) => {
    law(
      'reset makes jobs in error ready, at their old place, failures, crashes and error forgotten',
      async (scratch) => {
        const { broker } = scratch
        const [id = ''] = await send(broker, 'failed', 'waits')
        await crash(scratch)
        await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 0, error: 'no' })
        const dueMs = (await lifeOf(broker, id)).dueMs
        await settle(broker, (await take(broker)).find((job) => job.id === id) ?? assert.fail(), {
          kind: 'error',
          error: 'no',
        })
        assert.deepEqual(await broker.reset({ queue: 'q', gone: [] }), { error: 1, running: 0, keyHeld: 0 })
        const { state, failures, crashes, attempts, error, dueMs: after } = await lifeOf(broker, id)
        assert.deepEqual(
          { state, failures, crashes, attempts, error, after },
          { state: 'ready', failures: 0, crashes: 0, attempts: 0, error: null, after: dueMs },
        )
        assert.equal((await takeOne(broker)).attempt, 1)
        await assertCounted(broker)
      },
    )

    law('reset makes a job that was set aside run again, with three crashes to go', async (scratch) => {
      const { broker } = scratch
      const id = await sendOne(broker, 'bomb')
      for (let n = 0; n < 3; n += 1) await crash(scratch)
      assert.deepEqual(await broker.reset({ queue: 'q', gone: [] }), { error: 1, running: 0, keyHeld: 0 })
      const job = await takeOne(broker)
      assert.equal(job.isSuspect, false)
      await settle(broker, job, { kind: 'release' })
      for (let n = 0; n < 2; n += 1) await crash(scratch)
      assert.equal(await stateOf(broker, id), 'ready')
    })

    law('reset brings back the jobs of gone nodes, and leaves live ones alone', async ({ broker }) => {
      await send(broker, 'gone 1', 'gone 2', 'live')
      const gone = await take(broker, { node: 'web/1', countMax: 2 })
      const live = await takeOne(broker, { node: 'web/2' })
      const counts = await broker.reset({ queue: 'q', gone: ['web/1', 'web/3'] })
      assert.deepEqual(counts, { error: 0, running: 2, keyHeld: 0 })
      for (const job of gone) assert.equal(await done(broker, job), 'lost')
      assert.deepEqual(await broker.extend([at(gone, 0).lease], LEASE_MS), [at(gone, 0).lease])
      assert.equal(await done(broker, live), 'done')
      const again = await take(broker)
      assert.deepEqual(again.map(nameOf), ['gone 1', 'gone 2'])
      assert.deepEqual(
        again.map(({ attempt }) => attempt),
        [1, 1],
      )
    })

    law('reset brings back the jobs of leases that have ended, and no crash is counted', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      await takeOne(broker)
      await pass(LEASE_MS)
      assert.deepEqual(await broker.reset({ queue: 'q', gone: [] }), { error: 0, running: 1, keyHeld: 0 })
      const { state, crashes } = await lifeOf(broker, id)
      assert.deepEqual({ state, crashes }, { state: 'ready', crashes: 0 })
      assert.deepEqual((await sweep(broker)).returned, [])
    })

    law('reset with running takes every running job back, and refuses their outcomes', async ({ broker }) => {
      await send(broker, 'a', 'b')
      const old = await take(broker)
      const counts = await broker.reset({ queue: 'q', gone: [], running: true })
      assert.deepEqual(counts, { error: 0, running: 2, keyHeld: 0 })
      assert.deepEqual(await broker.leases('q'), [])
      assert.equal(await done(broker, at(old, 0)), 'lost')
      const again = await take(broker)
      assert.equal(await done(broker, at(old, 1)), 'lost')
      for (const job of again) assert.equal(await done(broker, job), 'done')
    })

    law('reset leaves alone what waits, is done or was cancelled', async ({ broker }) => {
      await send(broker, 'done', 'cancelled', 'ready', newJob('late', { delayMs: 1_000 }))
      const jobs = await take(broker, { countMax: 2 })
      await done(broker, at(jobs, 0))
      await settle(broker, at(jobs, 1), { kind: 'cancel', reason: 'no' })
      const before = await broker.jobs({ countMax: 10 })
      const counts = await broker.reset({ queue: 'q', gone: ['a'], running: true })
      assert.deepEqual(counts, { error: 0, running: 0, keyHeld: 0 })
      assert.deepEqual(await broker.jobs({ countMax: 10 }), before)
    })

    law('reset keeps to its queue, and of an unknown one does nothing', async ({ broker }) => {
      await send(broker, newJob('a', { queue: 'other' }))
      await settle(broker, await takeOne(broker, { queue: 'other' }), { kind: 'error', error: 'no' })
      assert.deepEqual(await broker.reset({ queue: 'q', gone: [] }), { error: 0, running: 0, keyHeld: 0 })
      assert.deepEqual(
        (await broker.queues()).map(({ queue }) => queue),
        ['other'],
      )
    })

    law('a job in error whose live key was taken over stays, and takes the key back later', async ({ broker }) => {
      const id = await sendOne(broker, newJob('first', { key: 'k' }))
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
      await send(broker, newJob('second', { key: 'k' }))
      assert.deepEqual(await broker.reset({ queue: 'q', gone: [] }), { error: 0, running: 0, keyHeld: 1 })
      assert.equal(await stateOf(broker, id), 'error')
      await done(broker, await takeOne(broker))
      assert.deepEqual(await broker.reset({ queue: 'q', gone: [] }), { error: 1, running: 0, keyHeld: 0 })
      const again = await commitOne(broker, { send: [newJob('third', { key: 'k' })] })
      assert.deepEqual(again, { kind: 'duplicate', sent: [{ id, isNew: false }] })
    })

    law(
      'of two jobs in error under one key, reset brings back the older, whichever failed last',
      async ({ broker, pass }) => {
        const fail = async (): Promise<void> => {
          await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
        }
        const older = await sendOne(broker, newJob('older', { key: 'k' }))
        await fail()
        const newer = await sendOne(broker, newJob('newer', { key: 'k' }))
        await fail()
        for (let n = 0; n < 2; n += 1) {
          assert.deepEqual(await broker.reset({ queue: 'q', gone: [] }), { error: 1, running: 0, keyHeld: 1 })
          assert.equal(await stateOf(broker, older), 'ready')
          assert.equal(await stateOf(broker, newer), 'error')
          await pass(1)
          await fail()
        }
        await assertCounted(broker)
      },
    )

    law('a kept key never keeps its own job from a reset', async ({ broker }) => {
      await send(broker, newJob('a', { key: 'k', keyScope: 'kept' }))
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
      assert.deepEqual(await broker.reset({ queue: 'q', gone: [] }), { error: 1, running: 0, keyHeld: 0 })
      assert.equal((await commitOne(broker, { send: [newJob('b', { key: 'k' })] })).kind, 'duplicate')
    })
  })
}

function cleanLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'clean', (law) => {
    law('clean deletes every job of its queue, and no other', async ({ broker }) => {
      const [id = ''] = await send(broker, 'done', 'error', 'ready', newJob('late', { delayMs: 1 }))
      await send(broker, newJob('other', { queue: 'other' }))
      const [a, b] = await take(broker, { countMax: 2 })
      assert.ok(a && b)
      await done(broker, a)
      await settle(broker, b, { kind: 'error', error: 'no' })
      assert.equal((await broker.clean({ queue: 'q' })).deleted, 4)
      assert.deepEqual((await broker.jobs({ countMax: 10 })).map(nameOf), ['other'])
      assert.equal(await broker.job(id), undefined)
      assert.deepEqual(await take(broker), [])
      await assertCounted(broker)
    })

    law('a cleaned queue is still listed, with nothing in it', async ({ broker }) => {
      await send(broker, 'a')
      await broker.clean({ queue: 'q' })
      assert.deepEqual((await summaryOf(broker)).counts, NO_COUNTS)
      assert.deepEqual(await broker.clean({ queue: 'q' }), { deleted: 0, running: 0 })
      assert.deepEqual(await broker.clean({ queue: 'never seen' }), { deleted: 0, running: 0 })
      assert.equal((await broker.queues()).length, 1)
    })

    law('clean refuses while jobs run, and says how many', async ({ broker }) => {
      await send(broker, 'a', 'b', 'c')
      const jobs = await take(broker, { countMax: 2 })
      assert.deepEqual(await broker.clean({ queue: 'q' }), { deleted: 0, running: 2 })
      assert.deepEqual(await namesOf(broker), ['a', 'b', 'c'])
      for (const job of jobs) assert.equal(await done(broker, job), 'done')
    })

    law('a forced clean deletes running jobs too, and refuses their outcomes', async ({ broker }) => {
      await send(broker, newJob('a', { key: 'k' }))
      const job = await takeOne(broker)
      assert.equal((await broker.clean({ queue: 'q', force: true })).deleted, 1)
      assert.deepEqual(
        await commitOne(broker, {
          settle: { job: job.id, lease: job.lease, outcome: { kind: 'done' } },
          send: [newJob('never')],
        }),
        {
          kind: 'lost',
          sent: [],
        },
      )
      assert.deepEqual(await broker.extend([job.lease], LEASE_MS), [job.lease])
      assert.deepEqual(await broker.leases('q'), [])
      assert.deepEqual(await namesOf(broker), [])
      await assertCounted(broker)
    })

    law('a cleaned queue works on, with its keys free and its counters true', async ({ broker }) => {
      await send(broker, newJob('a', { key: 'live' }), newJob('b', { key: 'kept', keyScope: 'kept' }))
      await done(broker, at(await take(broker), 1))
      await broker.clean({ queue: 'q', force: true })
      const { kind } = await commitOne(broker, { send: [newJob('c', { key: 'live' }), newJob('d', { key: 'kept' })] })
      assert.equal(kind, 'done')
      assert.deepEqual(await takeNames(broker), ['c', 'd'])
      await assertCounted(broker)
    })
  })
}
