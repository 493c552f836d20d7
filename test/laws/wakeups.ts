import assert from 'node:assert/strict'
import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises'
import type { Broker } from '#hob/broker/broker.js'
import { type EngineUnderTest, lawsOf } from './engine.js'
import { done, LEASE_MS, newJob, send, settle, sweep, take, takeNames, takeOne } from './shorthand.js'

/** Longer than any test may last, so that a wait that ends was woken. */
const LONG_MS = 3_600_000

/** What ends a wait. A wait that ought to end and does not, fails by the time limit of its test. */
export function wakeupsLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'wakeups', (law) => {
    const wait = (broker: Broker): Promise<void> => broker.wait('q', { mostMs: LONG_MS })

    law('a wait ends at once when something is ready', async ({ broker }) => {
      await send(broker, 'a')
      await wait(broker)
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('a wait ends when a job is sent', async ({ broker }) => {
      const waiting = wait(broker)
      await send(broker, 'a')
      await waiting
    })

    law('a wait goes on while nothing comes', async ({ broker }) => {
      const abort = new AbortController()
      let isOver = false
      const waiting = broker.wait('q', { mostMs: LONG_MS, signal: abort.signal }).then(() => {
        isOver = true
      })
      for (let n = 0; n < 20; n += 1) await turn()
      assert.equal(isOver, false)
      abort.abort()
      await waiting
    })

    law('everyone who waits is woken', async ({ broker }) => {
      const waiting = [wait(broker), wait(broker), wait(broker)]
      await send(broker, 'a')
      await Promise.all(waiting)
    })

    law('a wait ends when a delayed job falls due', async ({ broker, pass }) => {
      await send(broker, newJob('a', { delayMs: 1_000 }))
      const waiting = wait(broker)
      await pass(1_000)
      await waiting
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('a wait ends when a job that was delayed after it began falls due', async ({ broker, pass }) => {
      const waiting = wait(broker)
      await send(broker, newJob('a', { delayMs: 1_000 }))
      await pass(1_000)
      await waiting
    })

    law('a wait ends when a retried job falls due', async ({ broker, pass }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      const waiting = wait(broker)
      await settle(broker, job, { kind: 'retry', inMs: 1_000, error: 'no' })
      await pass(1_000)
      await waiting
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('a wait ends when a job is released', async ({ broker }) => {
      await send(broker, 'a')
      const job = await takeOne(broker)
      const waiting = wait(broker)
      await settle(broker, job, { kind: 'release' })
      await waiting
    })

    law('a wait ends when a lease ends, although no sweep runs', async ({ broker, pass }) => {
      await send(broker, 'a')
      await takeOne(broker)
      const waiting = wait(broker)
      await pass(LEASE_MS)
      await waiting
      assert.deepEqual(await takeNames(broker), ['a'])
    })

    law('a wait ends when a lease ends that was taken or shortened after it began', async ({ broker, pass }) => {
      await send(broker, newJob('a', { delayMs: 1 }))
      await pass(1)
      const job = await takeOne(broker, { leaseMs: 86_400_000 })
      const waiting = wait(broker)
      await broker.extend([job.lease], 1_000)
      await pass(1_000)
      await waiting
    })

    law('a wait ends when a sweep or a reset brings a job back', async ({ broker, pass }) => {
      await send(broker, 'a')
      await takeOne(broker)
      const swept = wait(broker)
      await pass(LEASE_MS)
      await sweep(broker)
      await swept
      await settle(broker, await takeOne(broker), { kind: 'error', error: 'no' })
      const reset = wait(broker)
      await broker.reset({ queue: 'q', gone: [] })
      await reset
    })

    law('a wait ends after mostMs', async ({ broker, pass }) => {
      const waiting = broker.wait('q', { mostMs: 1_000 })
      await pass(1_000)
      await waiting
      await broker.wait('q', { mostMs: 0 })
    })

    law('a wait ends when it is aborted, or was before', async ({ broker }) => {
      const abort = new AbortController()
      const waiting = broker.wait('q', { mostMs: LONG_MS, signal: abort.signal })
      abort.abort()
      await waiting
      await broker.wait('q', { mostMs: LONG_MS, signal: abort.signal })
    })

    law('a wait ends when the kitchen is closed', async ({ broker }) => {
      const waiting = wait(broker)
      await broker.close()
      await waiting
    })

    law('waiting takes nothing', async ({ broker }) => {
      await send(broker, 'a')
      await wait(broker)
      await wait(broker)
      const [job] = await take(broker)
      assert.equal(job?.attempt, 1)
      assert.equal(job && (await done(broker, job)), 'done')
    })

    law('a wait goes on while its queue is paused, and ends when that is over', async ({ broker }) => {
      await send(broker, 'a')
      await broker.pause({ queue: 'q', isPaused: true })
      let isOver = false
      const waiting = wait(broker).then(() => {
        isOver = true
      })
      await send(broker, 'b')
      for (let n = 0; n < 20; n += 1) await turn()
      assert.equal(isOver, false)
      await broker.pause({ queue: 'q', isPaused: false })
      await waiting
    })

    law(
      'who watches is called at the start, and for each put and delete under the topic',
      async ({ broker, reopen }) => {
        const seen = new Watched(broker, 'color')
        await seen.next()
        await broker.commit([{ put: [{ key: 'color/a', value: '1' }] }])
        await seen.next()
        await broker.commit([{ put: [{ key: 'color/a', value: null }] }])
        await seen.next()
        seen.end()
        seen.end()
        await reopen()
      },
    )

    law('who watches one topic is not called for another', async ({ broker }) => {
      const seen = new Watched(broker, 'color')
      const other = new Watched(broker, 'colors')
      await Promise.all([seen.next(), other.next()])
      await broker.commit([
        {
          put: [
            { key: 'colors/a', value: '1' },
            { key: 'color', value: '1' },
          ],
        },
      ])
      await other.next()
      await sleep(QUIET_MS)
      assert.equal(seen.count, 1)
      seen.end()
      other.end()
    })

    law('changes that were refused call nobody', async ({ broker }) => {
      const seen = new Watched(broker, 'color')
      await seen.next()
      await broker.commit([{ put: [{ key: 'color/a', value: '1', expected: 7 }] }])
      await sleep(QUIET_MS)
      assert.equal(seen.count, 1)
      seen.end()
    })

    law('several watch one topic, and who has ended it is called no more', async ({ broker }) => {
      const [a, b] = [new Watched(broker, 'color'), new Watched(broker, 'color')]
      await Promise.all([a.next(), b.next()])
      b.end()
      await broker.commit([{ put: [{ key: 'color/a', value: '1' }] }])
      await a.next()
      assert.equal(b.count, 1)
      a.end()
    })

    law('jobs that come and go call nobody who watches records', async ({ broker }) => {
      const seen = new Watched(broker, 'color')
      await seen.next()
      await send(broker, 'a')
      await done(broker, await takeOne(broker))
      await sleep(QUIET_MS)
      assert.equal(seen.count, 1)
      seen.end()
    })
  })
}

/** Long enough for a call that should not come. */
const QUIET_MS = 50

/** Somebody who watches a topic, and counts how often he was called. */
class Watched {
  count = 0
  readonly end: () => void
  #seen = 0
  #onCall: () => void = () => {}

  constructor(broker: Broker, topic: string) {
    this.end = broker.watch(topic, () => {
      this.count += 1
      this.#onCall()
    })
  }

  /** Resolves when he has been called once more than at the last time this was asked. */
  async next(): Promise<void> {
    while (this.count === this.#seen) {
      await new Promise<void>((resolve) => {
        this.#onCall = resolve
      })
    }
    this.#seen = this.count
  }
}
