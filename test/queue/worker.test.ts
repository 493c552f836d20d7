import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { test } from 'vitest'
import { ArgumentError, openKitchen } from '#hob/index.js'
import type { Kitchen } from '#hob/kitchen.js'
import { until } from '../support/until.js'

async function inKitchen(run: (kitchen: Kitchen, file: string) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hob-worker-'))
  const file = join(folder, 'hob.db')
  const kitchen = await openKitchen(`sqlite:${file}`)
  try {
    await run(kitchen, file)
  } finally {
    await kitchen.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const countsOf = async (kitchen: Kitchen) => (await kitchen.broker.queues())[0]?.counts

test('jobs held ahead go back when a long one has taken the slot', () =>
  inKitchen(async (kitchen) => {
    const queue = kitchen.queue('q')
    const long = deferred()
    await queue.sendMany([...Array(300).fill('short'), 'long', ...Array(20).fill('short')])
    await using _ = queue.work(({ payload }) => (payload === 'long' ? long.promise : undefined), { concurrency: 1 })
    await until('only the long one is held', async () => {
      const counts = await countsOf(kitchen)
      return counts?.running === 1 && counts.ready === 20
    })
    long.resolve(undefined)
    await until('all are done', async () => {
      const counts = await countsOf(kitchen)
      return counts !== undefined && counts.running + counts.ready === 0
    })
  }))

test('handlers that answer at once leave the event loop its turns', () =>
  inKitchen(async (kitchen) => {
    const queue = kitchen.queue('q')
    await queue.sendMany(Array(3_000).fill('short'))
    let [begun, turns, most] = [0, 0, 0]
    const turn = () => {
      most = Math.max(most, begun)
      if (begun > 0) turns++
      begun = 0
      ticker = setImmediate(turn)
    }
    let ticker = setImmediate(turn)
    await using _ = queue.work(() => void begun++, { concurrency: 10 })
    await until('all are done', async () => {
      const counts = await countsOf(kitchen)
      return counts !== undefined && counts.running + counts.ready === 0
    })
    clearImmediate(ticker)
    assert.ok(turns >= 15 && most <= 400, `${turns} turns, with ${most} jobs at most`)
  }))

test('whose jobs are all cancelled while the event loop turns takes others', () =>
  inKitchen(async (kitchen) => {
    const queue = kitchen.queue('q')
    await queue.sendMany(Array(10_000).fill('short'))
    await queue.sendMany(Array(10_000).fill('short'))
    const { cancellations } = kitchen.parts
    const reasonOf = cancellations.reasonOf.bind(cancellations)
    let [handled, cancelled] = [0, 0]
    // As if somebody had cancelled them all for a moment.
    let isCancelling = false
    cancellations.reasonOf = (id) => (isCancelling ? `${++cancelled}` : reasonOf(id))
    await using _ = queue.work(() => {
      if (++handled !== 4_000) return
      isCancelling = true
      setTimeout(() => {
        isCancelling = false
      }, 100)
    })
    await until('all are done', () => handled + cancelled >= 20_000)
    assert.ok(cancelled > 0)
  }))

test('whose take comes when all that was held is done asks for as much as is wanted in all', () =>
  inKitchen(async (kitchen) => {
    const queue = kitchen.queue('q')
    const { broker } = kitchen
    for (let from = 0; from < 30_000; from += 10_000) await queue.sendMany(Array(10_000).fill(0))
    let [held, handled] = [0, 0]
    const asked: number[] = []
    const [take, commit] = [broker.take.bind(broker), broker.commit.bind(broker)]
    // On a busy machine the worker gives back what has waited for long.
    broker.commit = (steps) => {
      held -= steps.filter(({ settle }) => settle?.outcome.kind === 'release').length
      return commit(steps)
    }
    broker.take = async (request) => {
      // As if others held the lock meanwhile.
      await until('all that it holds is done', () => held === 0)
      asked.push(request.countMax)
      const jobs = await take(request)
      held += jobs.length
      return jobs
    }
    await using _ = queue.work(() => {
      held--
      handled++
    })
    await until('all are done', () => handled === 30_000)
    const [, , , ...later] = asked
    assert.ok(later.length > 2 && later.every((count) => count > 2_900), `asked for ${asked}`)
  }))

function deferred(): { promise: Promise<unknown>; resolve: (value: unknown) => void } {
  let resolve: (value: unknown) => void = () => {}
  const promise = new Promise((fulfil) => {
    resolve = fulfil
  })
  return { promise, resolve }
}

test('an option out of bounds is refused at once, and nothing starts', () =>
  inKitchen(async (kitchen) => {
    const work = (options: object) => () => kitchen.queue('q').work(() => {}, options)
    for (const options of [
      { leaseMs: 500 },
      { concurrency: 0 },
      { concurrency: 1.5 },
      { timeoutMs: 3e9 },
      { attempts: 0 },
    ]) {
      assert.throws(work(options), ArgumentError)
    }
  }))

test('an empty take writes nothing to the disk', () =>
  inKitchen(async (kitchen, file) => {
    await kitchen.queue('q').send('a')
    const take = () => kitchen.broker.take({ queue: 'q', node: 'me', countMax: 10, leaseMs: 60_000 })
    assert.equal((await take()).length, 1)
    const { size } = statSync(`${file}-wal`)
    for (let n = 0; n < 20; n += 1) assert.deepEqual(await take(), [])
    assert.equal(statSync(`${file}-wal`).size, size)
  }))

test('a worker is seen before it holds its first job, and is gone once it has stopped', () =>
  inKitchen(async (kitchen) => {
    const queue = kitchen.queue('q')
    await queue.send('a')
    const seen = deferred()
    const worker = queue.work(async () => seen.resolve((await kitchen.broker.records('node/', { countMax: 9 })).length))
    assert.equal(await seen.promise, 1)
    await worker.stop()
    assert.deepEqual(await kitchen.broker.records('node/', { countMax: 9 }), [])
  }))

test('what is due in a month waits without a busy loop', () =>
  inKitchen(async (kitchen) => {
    await kitchen.queue('q').send('a', { delayMs: 30 * 86_400_000 })
    const before = process.cpuUsage()
    await kitchen.broker.wait('q', { mostMs: 500 })
    const { user, system } = process.cpuUsage(before)
    assert.ok(user + system < 250_000, `${user + system} µs of processor time in half a second`)
  }))

test('a kitchen named by a relative path stays the same file wherever the process goes', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'hob-cwd-'))
  const cwd = process.cwd()
  try {
    process.chdir(folder)
    const kitchen = await openKitchen('sqlite:k.db')
    process.chdir(tmpdir())
    assert.ok(kitchen.url.endsWith(`${folder}/k.db`))
    await kitchen.close()
  } finally {
    process.chdir(cwd)
    rmSync(folder, { recursive: true, force: true })
  }
})

test('a job that its handler ended within a transaction is done once, and one whose transaction was not committed has failed', () =>
  inKitchen(async (kitchen, file) => {
    const queue = kitchen.queue('q')
    const own = new Database(file)
    own.exec('CREATE TABLE effect (name TEXT)')
    await queue.sendMany(['kept', 'dropped', 'thrown'])
    await using _ = queue.work(
      async (job) => {
        own.exec('BEGIN IMMEDIATE')
        own.prepare('INSERT INTO effect VALUES (?)').run(job.payload)
        await job.doneWithin(own, { by: 'handler' })
        own.exec(job.payload === 'kept' ? 'COMMIT' : 'ROLLBACK')
        if (job.payload === 'thrown') throw new Error('after all')
      },
      { concurrency: 1, attempts: 1 },
    )
    await until('all have ended', async () => {
      const counts = await countsOf(kitchen)
      return counts?.done === 1 && counts.error === 2
    })
    const jobs = await kitchen.broker.jobs({ countMax: 10 })
    assert.deepEqual(
      jobs.map(({ state, error, result }) => [state, error, result]),
      [
        ['done', null, '{"by":"handler"}'],
        ['error', 'the transaction that ended it was not committed', null],
        ['error', 'Error: after all', null],
      ],
    )
    assert.deepEqual(own.prepare('SELECT name FROM effect').pluck().all(), ['kept'])
    own.close()
  }))
