import assert from 'node:assert/strict'
import type { AttemptReport, Outcome, Step, TakenJob } from '#hob/broker/job-store.js'
import { ATTEMPTS_KEPT_MAX, RESULT_BYTES_MAX, TAIL_BYTES_MAX } from '#hob/core/limits.js'
import { type EngineUnderTest, lawsOf } from './engine.js'
import {
  assertCounted,
  at,
  commitOne,
  crash,
  done,
  LEASE_MS,
  lifeOf,
  newJob,
  only,
  send,
  sendOne,
  settle,
  settleOf,
  stateOf,
  summaryOf,
  take,
  takeNames,
  takeOne,
} from './shorthand.js'

/** What each outcome does to a job, and what is kept of the attempt. */
export function outcomeLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'outcomes', (law) => {
    const ends: readonly {
      outcome: Outcome
      state: string
      failures: number
      attempts: number
      error: string | null
    }[] = [
      { outcome: { kind: 'done' }, state: 'done', failures: 0, attempts: 1, error: null },
      { outcome: { kind: 'retry', inMs: 5, error: 'no' }, state: 'scheduled', failures: 1, attempts: 1, error: null },
      { outcome: { kind: 'error', error: 'no' }, state: 'error', failures: 1, attempts: 1, error: 'no' },
      { outcome: { kind: 'snooze', inMs: 5 }, state: 'scheduled', failures: 0, attempts: 0, error: null },
      { outcome: { kind: 'release' }, state: 'ready', failures: 0, attempts: 0, error: null },
      { outcome: { kind: 'cancel', reason: 'no' }, state: 'cancelled', failures: 0, attempts: 0, error: 'no' },
    ]
    for (const { outcome, ...expected } of ends) {
      law(`${outcome.kind} moves a running job to ${expected.state}, and counts what it should`, async ({ broker }) => {
        const id = await sendOne(broker, 'a')
        assert.equal(await settle(broker, await takeOne(broker), outcome), 'done')
        const { state, failures, attempts, error, crashes, lease } = await lifeOf(broker, id)
        assert.deepEqual({ state, failures, attempts, error }, expected)
        assert.equal(crashes, 0)
        assert.equal(lease, null)
        await assertCounted(broker)
      })

      law(`${outcome.kind} is accepted once`, async ({ broker }) => {
        const id = await sendOne(broker, 'a')
        const job = await takeOne(broker)
        assert.equal(await settle(broker, job, outcome), 'done')
        const settled = await lifeOf(broker, id)
        assert.equal(await settle(broker, job, { kind: 'done' }), 'lost')
        assert.equal(await settle(broker, job, outcome), 'lost')
        assert.deepEqual(await lifeOf(broker, id), settled)
      })
    }

    law('a job that has ended is not taken again', async ({ broker, pass }) => {
      await send(broker, 'a', 'b', 'c')
      const jobs = await take(broker)
      await done(broker, at(jobs, 0))
      await settle(broker, at(jobs, 1), { kind: 'error', error: 'no' })
      await settle(broker, at(jobs, 2), { kind: 'cancel', reason: 'no' })
      await pass(10 * LEASE_MS)
      assert.deepEqual(await takeNames(broker), [])
    })

    law('a job that is to be forgotten is gone once it is done, and its key is free', async ({ broker }) => {
      const [a, b] = [await sendOne(broker, 'a'), await sendOne(broker, 'b')]
      const [first, second] = await take(broker)
      assert.ok(first && second)
      const forgotten = { ...settleOf(first, { kind: 'done' }), forget: true } as const
      assert.equal((await commitOne(broker, { settle: forgotten })).kind, 'done')
      assert.equal((await commitOne(broker, { settle: forgotten })).kind, 'lost')
      assert.equal(await broker.job(a), undefined)
      const { counts, recent } = await summaryOf(broker)
      assert.deepEqual({ ...counts, ended: recent.ended }, { ...counts, running: 1, done: 0, ended: 1 })
      const failed = { ...settleOf(second, { kind: 'error', error: 'no' }), forget: true } as const
      await commitOne(broker, { settle: failed })
      assert.equal((await lifeOf(broker, b)).state, 'error')
      assert.ok(Number(await sendOne(broker, 'c')) > Number(b))
      await assertCounted(broker)
    })

    law('of jobs that are forgotten at once, each goes by its own lease', async ({ broker }) => {
      await send(broker, 'a', 'b', 'c', 'd', 'e', 'f')
      const first = await take(broker, { countMax: 3 })
      const second = await take(broker)
      const forget = (job: TakenJob) => ({ settle: { ...settleOf(job, { kind: 'done' }), forget: true } }) as const
      const kept = { settle: settleOf(at(second, 1), { kind: 'done' }) } as const
      const stolen = { ...at(second, 2), lease: at(first, 0).lease }
      const kindsOf = async (...steps: Step[]) => (await broker.commit(steps)).map(({ kind }) => kind)
      assert.deepEqual(
        await kindsOf(forget(at(first, 0)), forget(at(first, 1)), forget(at(first, 1)), forget(stolen)),
        ['done', 'done', 'lost', 'lost'],
      )
      assert.deepEqual(await kindsOf(forget(at(first, 2)), kept, forget(at(second, 0)), forget(at(second, 2))), [
        'done',
        'done',
        'done',
        'done',
      ])
      const { counts, recent } = await summaryOf(broker)
      assert.deepEqual({ ...counts, ended: recent.ended }, { ...counts, running: 0, done: 1, ended: 6 })
      assert.deepEqual(await broker.leases('q'), [])
      await assertCounted(broker)
    })

    law('the id of a forgotten job is never used again', async ({ broker, reopen }) => {
      const id = await sendOne(broker, 'a')
      const job = await takeOne(broker)
      await commitOne(broker, { settle: { ...settleOf(job, { kind: 'done' }), forget: true } })
      assert.notEqual(await sendOne(await reopen(), 'b'), id)
    })

    law('a result stays with its job, and none is null', async ({ broker }) => {
      const [withResult, without] = [await sendOne(broker, 'a'), await sendOne(broker, 'b')]
      const result = '{ "sum": 1.50, "text": "é🍲" }'
      await settle(broker, await takeOne(broker), { kind: 'done', result })
      await settle(broker, await takeOne(broker), { kind: 'done' })
      assert.equal((await lifeOf(broker, withResult)).result, result)
      assert.equal((await lifeOf(broker, without)).result, null)
    })

    law('a result of the greatest size is kept whole', async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      const result = JSON.stringify('x'.repeat(RESULT_BYTES_MAX - 2))
      await settle(broker, await takeOne(broker), { kind: 'done', result })
      assert.equal((await lifeOf(broker, id)).result, result)
    })

    law('a retried job runs again when its wait is over, with the next attempt number', async ({ broker, pass }) => {
      await send(broker, 'a')
      await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 3_000, error: 'no' })
      await pass(2_999)
      assert.deepEqual(await take(broker), [])
      await pass(1)
      const job = await takeOne(broker)
      assert.equal(job.attempt, 2)
      assert.equal(job.failures, 1)
    })

    law('a retried job takes its place by due time, among those of its priority', async ({ broker, pass }) => {
      await send(broker, 'retried', newJob('low', { priority: -1 }))
      await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 1_000, error: 'no' })
      await send(broker, 'sent before')
      await pass(2_000)
      await send(broker, 'sent after')
      assert.deepEqual(await takeNames(broker), ['sent before', 'retried', 'sent after', 'low'])
    })

    law('a snoozed job takes its place by due time, and nothing is counted', async ({ broker, pass }) => {
      await send(broker, 'snoozed')
      await settle(broker, await takeOne(broker), { kind: 'snooze', inMs: 1_000 })
      await pass(999)
      assert.deepEqual(await take(broker), [])
      await send(broker, 'sent before')
      await pass(1)
      const jobs = await take(broker)
      assert.deepEqual(
        jobs.map(({ payload, attempt, failures }) => ({ payload, attempt, failures })),
        [
          { payload: '"sent before"', attempt: 1, failures: 0 },
          { payload: '"snoozed"', attempt: 1, failures: 0 },
        ],
      )
    })

    for (const outcome of [
      { kind: 'retry', inMs: 0, error: 'no' },
      { kind: 'snooze', inMs: 0 },
    ] as const) {
      law(`a ${outcome.kind} after no wait makes the job ready at once`, async ({ broker }) => {
        const id = await sendOne(broker, 'a')
        await settle(broker, await takeOne(broker), outcome)
        assert.equal(await stateOf(broker, id), 'ready')
        assert.deepEqual(await takeNames(broker), ['a'])
      })
    }

    law('a fraction of a millisecond in an outcome is rounded, not refused', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      const report = { ranMs: 0.6 }
      assert.equal(await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 0.7, error: '' }, report), 'done')
      const { sentMs, dueMs, startedMs } = await lifeOf(broker, id)
      assert.equal(dueMs, sentMs + 1)
      assert.equal(startedMs, sentMs - 1)
      await pass(1)
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('a released job returns to its old place', async ({ broker, pass }) => {
      await send(broker, newJob('front', { expedite: true }), 'first', 'second')
      await pass(1_000)
      const jobs = await take(broker, { countMax: 3 })
      await send(broker, 'later')
      for (const job of [...jobs].reverse()) await settle(broker, job, { kind: 'release' })
      const again = await take(broker)
      assert.deepEqual(
        again.map(({ payload }) => JSON.parse(payload)),
        ['front', 'first', 'second', 'later'],
      )
      assert.deepEqual(
        again.map(({ attempt }) => attempt),
        [1, 1, 1, 1],
      )
    })

    law('a job returned by the end of its lease stands at its old place', async ({ broker, pass }) => {
      await send(broker, newJob('front', { expedite: true }), 'first', 'second')
      await take(broker, { countMax: 2 })
      await pass(LEASE_MS)
      await send(broker, 'later')
      assert.deepEqual(await takeNames(broker), ['front', 'first', 'second', 'later'])
    })

    law('a released job that had been delayed is not delayed again', async ({ broker, pass }) => {
      await send(broker, newJob('a', { delayMs: 1_000 }))
      await pass(1_000)
      await settle(broker, await takeOne(broker), { kind: 'release' })
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('failed and crashed runs count as attempts; snoozed and released ones do not', async (scratch) => {
      const { broker } = scratch
      await send(broker, 'a')
      const attempts: number[] = []
      const next = async (outcome: Outcome): Promise<void> => {
        const job = await takeOne(broker)
        attempts.push(job.attempt)
        await settle(broker, job, outcome)
      }
      await next({ kind: 'snooze', inMs: 0 })
      await next({ kind: 'retry', inMs: 0, error: 'one' })
      await next({ kind: 'release' })
      await crash(scratch)
      await next({ kind: 'retry', inMs: 0, error: 'two' })
      const last = await takeOne(broker)
      assert.deepEqual([...attempts, last.attempt], [1, 1, 2, 3, 4])
      assert.equal(last.failures, 2)
      const { failures, crashes, attempts: counted } = await lifeOf(broker, last.id)
      assert.deepEqual({ failures, crashes, counted }, { failures: 2, crashes: 1, counted: 4 })
      await done(broker, last)
      assert.equal((await lifeOf(broker, last.id)).attempts, 4)
    })

    law('a report is kept: who, from when to when, how it exited, its output', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      const job = await takeOne(broker, { node: 'web/1' })
      await pass(5_000)
      const { nowMs } = await broker.describe()
      const report: AttemptReport = { ranMs: 3_000, exitCode: 2, signal: 'SIGTERM', output: 'out\n' }
      await settle(broker, job, { kind: 'error', error: 'no' }, report)
      const life = await lifeOf(broker, id)
      assert.deepEqual(life.history, [
        {
          node: 'web/1',
          startedMs: nowMs - 3_000,
          endedMs: nowMs,
          ended: 'error',
          exitCode: 2,
          signal: 'SIGTERM',
          error: 'no',
          output: 'out\n',
        },
      ])
      const { node, startedMs, settledMs, exitCode } = life
      assert.deepEqual(
        { node, startedMs, settledMs, exitCode },
        { node: 'web/1', startedMs: nowMs - 3_000, settledMs: nowMs, exitCode: 2 },
      )
    })

    law('without a report an attempt began when its job was taken', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      const takenMs = (await broker.describe()).nowMs
      const job = await takeOne(broker)
      await pass(1_000)
      await done(broker, job)
      const { startedMs, settledMs, exitCode } = await lifeOf(broker, id)
      assert.deepEqual(
        { startedMs, settledMs, exitCode },
        { startedMs: takenMs, settledMs: takenMs + 1_000, exitCode: null },
      )
    })

    law('a done attempt is in the history of its job, and its output is not kept', async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      await settle(broker, await takeOne(broker), { kind: 'done' }, { ranMs: 0, exitCode: 0, output: 'fine' })
      const { ended, exitCode, output, error, node } = only((await lifeOf(broker, id)).history)
      assert.deepEqual(
        { ended, exitCode, output, error, node },
        { ended: 'done', exitCode: 0, output: null, error: null, node: 'a' },
      )
    })

    law('a job that runs shows who runs it since when, and its attempt as running', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      await settle(
        broker,
        await takeOne(broker, { node: 'before' }),
        { kind: 'retry', inMs: 0, error: 'no' },
        { ranMs: 1 },
      )
      await pass(1_000)
      const takenMs = (await broker.describe()).nowMs
      const { lease } = await takeOne(broker, { node: 'web/2' })
      await pass(500)
      const life = await lifeOf(broker, id)
      assert.equal(life.state, 'running')
      assert.equal(life.node, 'web/2')
      assert.equal(life.startedMs, takenMs)
      assert.equal(life.settledMs, null)
      assert.deepEqual(life.lease, { lease, node: 'web/2', takenMs, leftMs: LEASE_MS - 500, jobs: [id] })
      const { ended, startedMs, endedMs } = at(life.history, 1)
      assert.deepEqual({ ended, startedMs, endedMs }, { ended: 'running', startedMs: takenMs, endedMs: null })
    })

    law('history holds every attempt that left a trace, oldest first', async (scratch) => {
      const { broker } = scratch
      const id = await sendOne(broker, 'a')
      const report = { ranMs: 1, output: 'tail' }
      await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 0, error: 'one' }, report)
      await settle(broker, await takeOne(broker), { kind: 'release' })
      await settle(broker, await takeOne(broker), { kind: 'release' }, report)
      await crash(scratch)
      await settle(broker, await takeOne(broker), { kind: 'snooze', inMs: 0 }, report)
      await settle(broker, await takeOne(broker), { kind: 'cancel', reason: 'enough' }, report)
      const history = (await lifeOf(broker, id)).history.map(({ ended, error }) => ({ ended, error }))
      assert.deepEqual(history, [
        { ended: 'retry', error: 'one' },
        { ended: 'release', error: null },
        { ended: 'crash', error: null },
        { ended: 'snooze', error: null },
        { ended: 'cancel', error: 'enough' },
      ])
    })

    law('a crashed attempt ended when its lease did', async ({ broker, pass }) => {
      const id = await sendOne(broker, 'a')
      const takenMs = (await broker.describe()).nowMs
      await takeOne(broker, { node: 'web/1' })
      await pass(3 * LEASE_MS)
      await takeOne(broker)
      const { node, startedMs, endedMs, ended } = at((await lifeOf(broker, id)).history, 0)
      assert.deepEqual(
        { node, startedMs, endedMs, ended },
        { node: 'web/1', startedMs: takenMs, endedMs: takenMs + LEASE_MS, ended: 'crash' },
      )
    })

    law('a job given back before it began looks as if it had never been taken', async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      const before = await lifeOf(broker, id)
      await settle(broker, await takeOne(broker), { kind: 'release' })
      assert.deepEqual(await lifeOf(broker, id), before)
    })

    law(`history keeps the newest ${ATTEMPTS_KEPT_MAX} attempts`, async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      for (let n = 1; n <= ATTEMPTS_KEPT_MAX + 5; n += 1) {
        await settle(broker, await takeOne(broker), { kind: 'retry', inMs: 0, error: `failure ${n}` })
      }
      const { history, failures } = await lifeOf(broker, id)
      assert.equal(failures, ATTEMPTS_KEPT_MAX + 5)
      assert.equal(history.length, ATTEMPTS_KEPT_MAX)
      assert.equal(at(history, 0).error, 'failure 6')
      assert.equal(history.at(-1)?.error, `failure ${ATTEMPTS_KEPT_MAX + 5}`)
      const last = await takeOne(broker)
      const running = (await lifeOf(broker, id)).history
      assert.equal(running.length, ATTEMPTS_KEPT_MAX)
      assert.equal(running.at(-1)?.ended, 'running')
      await done(broker, last)
      const ended = (await lifeOf(broker, id)).history
      assert.equal(ended.length, ATTEMPTS_KEPT_MAX)
      assert.equal(ended.at(-1)?.ended, 'done')
    })

    law('long error text and output keep their tails', async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      const long = `begin ${'x'.repeat(TAIL_BYTES_MAX)} end`
      await settle(broker, await takeOne(broker), { kind: 'error', error: long }, { ranMs: 1, output: `${long}\n` })
      const life = await lifeOf(broker, id)
      const { error, output } = only(life.history)
      for (const [text, end] of [
        [life.error, ' end'],
        [error, ' end'],
        [output, ' end\n'],
      ] as const) {
        assert.equal(Buffer.byteLength(text ?? ''), TAIL_BYTES_MAX)
        assert.ok(text?.endsWith(end))
      }
    })

    law('a tail never begins inside a character', async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      await settle(broker, await takeOne(broker), { kind: 'cancel', reason: `${'🍲'.repeat(TAIL_BYTES_MAX / 4)}.` })
      assert.equal((await lifeOf(broker, id)).error, `${'🍲'.repeat(TAIL_BYTES_MAX / 4 - 1)}.`)
    })

    law('a done run clears the error of an earlier one', async ({ broker }) => {
      const id = await sendOne(broker, 'a')
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
      await broker.reset({ queue: 'q', gone: [] })
      await done(broker, await takeOne(broker))
      assert.equal((await lifeOf(broker, id)).error, null)
      assert.equal((await summaryOf(broker)).counts.done, 1)
    })

    law('an outcome is never applied to a job of another lease', async ({ broker }) => {
      await send(broker, 'a', 'b', newJob('c', { queue: 'other' }))
      const [a, b] = [await takeOne(broker), await takeOne(broker)]
      const c = await takeOne(broker, { queue: 'other' })
      const wrong = [
        { ...a, lease: b.lease },
        { ...a, lease: { ...a.lease, queue: 'other' } },
        { ...a, lease: c.lease },
        { ...a, id: '999999' },
        { ...a, id: 'no such job' },
        { ...a, lease: { ...a.lease, epoch: a.lease.epoch + 1_000 } },
        { ...a, lease: { ...a.lease, epoch: 0 } },
      ]
      for (const job of wrong) assert.equal(await done(broker, job), 'lost')
      assert.equal((await summaryOf(broker)).counts.running, 2)
      assert.equal(await done(broker, a), 'done')
    })
  })
}
