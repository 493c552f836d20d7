import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import pg from 'pg'
import { test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import type { Change } from '#hob/broker/control.js'
import type { JobId, Outcome } from '#hob/broker/job-store.js'
import { openPostgres } from '#hob/broker/postgres/open.js'
import { assertCounted, KEEP_ALL, newJob, send, settle, take } from '../laws/shorthand.js'
import { sharedPostgresUrl } from '../support/servers/shared.js'

/** How often somebody pauses or resumes, resets, sweeps, and sends so many jobs. */
const ROUNDS = 30
const JOBS = 20
const CHANGES: readonly Change[] = [{ kind: 'retry' }, { kind: 'cancel', reason: 'off' }, { kind: 'drop' }]
const OUTCOMES: readonly Outcome[] = [
  { kind: 'done' },
  { kind: 'error', error: 'no' },
  { kind: 'retry', inMs: 20, error: 'not yet' },
  { kind: 'release' },
  { kind: 'cancel', reason: 'no' },
]

/** Numbers that look like chance, and are the same in each run. */
function dice(seed: number): (sides: number) => number {
  let state = seed
  return (sides) => {
    state = (state * 48_271) % 2_147_483_647
    return state % sides
  }
}

test('people change, drop, pause and reset while workers work: no job is lost or held twice, no counter is wrong, nobody deadlocks', async () => {
  const database = `changes_${randomUUID().replaceAll('-', '').slice(0, 20)}`
  const server = new URL(await sharedPostgresUrl())
  const admin = new pg.Client({ connectionString: server.href })
  await admin.connect()
  await admin.query(`CREATE DATABASE ${database}`)
  server.pathname = `/${database}`
  const open = () => openPostgres({ url: server.href, create: true, raiseAlways: true })
  const brokers: Broker[] = []
  try {
    for (let n = 0; n < 4; n += 1) brokers.push(await open())
    const [a, b, person, keeper] = brokers
    assert.ok(a && b && person && keeper)
    const ids: JobId[] = []
    const dropped = new Set<JobId>()
    const missing = new Set<JobId>()
    let isOver = false

    const work = async (broker: Broker, roll: (sides: number) => number): Promise<void> => {
      while (!isOver) {
        const jobs = await take(broker, { countMax: 1 + roll(20), leaseMs: 60_000 })
        const ends = jobs.map(async (job) => {
          assert.ok(!dropped.has(job.id), 'a job that was dropped is given to nobody')
          const outcome = OUTCOMES[roll(10)] ?? { kind: 'done' as const }
          assert.equal(await settle(broker, job, outcome), 'done', 'nobody touches a job that is held')
        })
        await Promise.all(ends)
      }
    }
    const change = async (broker: Broker, roll: (sides: number) => number): Promise<void> => {
      while (!isOver) {
        const some = [...new Set(Array.from({ length: 1 + roll(30) }, () => ids[roll(ids.length)] ?? ''))]
        const kind = CHANGES[roll(5)] ?? { kind: 'retry' as const }
        const changed = await broker.change(some, kind)
        for (const [at, id] of some.entries()) {
          if (changed[at] === 'missing') missing.add(id)
          if (changed[at] === 'changed' && kind.kind === 'drop') dropped.add(id)
        }
      }
    }
    const keep = async (broker: Broker, roll: (sides: number) => number): Promise<void> => {
      for (let n = 0; n < ROUNDS; n += 1) {
        await broker.pause({ queue: 'q', isPaused: roll(3) === 0 })
        await broker.reset({ queue: 'q', gone: [] })
        await broker.sweep({ queue: 'q', keep: KEEP_ALL, countMax: 100 })
        ids.push(...(await send(broker, ...jobsOf(roll))))
      }
    }
    ids.push(...(await send(keeper, ...jobsOf(dice(1)))))
    const others = [work(a, dice(2)), work(b, dice(3)), change(person, dice(4)), change(keeper, dice(5))]
    await Promise.race([Promise.all(others), keep(keeper, dice(6))])
    isOver = true
    await Promise.all(others)

    await keeper.pause({ queue: 'q', isPaused: false })
    assert.deepEqual(
      [...missing].filter((id) => !dropped.has(id)),
      [],
      'only what was dropped is missing',
    )
    await assertCounted(keeper)
    const left = await keeper.jobs({ queue: 'q', countMax: 10_000 })
    assert.deepEqual(new Set(left.map(({ id }) => id)), new Set(ids.filter((id) => !dropped.has(id))))
    await new Promise((resolve) => setTimeout(resolve, 25))
    const waiting = left.filter(({ state }) => state === 'ready' || state === 'scheduled')
    const taken = await take(keeper)
    assert.deepEqual(
      new Set(taken.map(({ id }) => id)),
      new Set(waiting.map(({ id }) => id)),
      'all that waits can be taken',
    )
    const { rows } = await admin.query<{ deadlocks: string }>(
      `SELECT deadlocks FROM pg_stat_database WHERE datname = '${database}'`,
    )
    assert.equal(rows[0]?.deadlocks, '0')
  } finally {
    for (const broker of brokers) await broker.close()
    await admin.query(`DROP DATABASE ${database} WITH (FORCE)`)
    await admin.end()
  }
})

/** Some jobs of all kinds; some share a key. */
const jobsOf = (roll: (sides: number) => number) =>
  Array.from({ length: JOBS }, (_, n) => {
    const key = { key: `k${roll(5)}` }
    if (roll(10) === 0) return newJob(`${n}`, key)
    if (roll(8) === 0) return newJob(`${n}`, { delayMs: roll(20) })
    if (roll(8) === 0) return newJob(`${n}`, { expedite: true })
    return newJob(`${n}`, { priority: roll(3) })
  })
