import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { ArgumentError, type Json, KitchenError, LeaseLostError, openKitchen, openMarble } from '#hob/index.js'
import type { Kitchen } from '#hob/kitchen.js'
import { Marble } from '#hob/queue/marble.js'
import { OUTBOX_QUEUE } from '#hob/queue/outbox.js'
import { until } from '../support/until.js'

const LEASE_MS = 1_000

interface Scratch {
  readonly url: string
  readonly kitchen: Kitchen
}

const jobsOf = ({ broker }: Kitchen, queue: string) => broker.jobs({ queue, countMax: 100 })
const statesOf = async (kitchen: Kitchen, queue: string) => (await jobsOf(kitchen, queue)).map(({ state }) => state)
const payloadsOf = async (kitchen: Kitchen, queue: string): Promise<readonly Json[]> =>
  (await jobsOf(kitchen, queue)).map(({ payload }) => JSON.parse(payload))

/** A store whose answers are cut off now and then, after it has done what was asked. */
function cutting(broker: Broker, isCut: (steps: Parameters<Broker['commit']>[0]) => boolean): Broker {
  return new Proxy(broker, {
    get(target, name) {
      const value = Reflect.get(target, name, target)
      if (name !== 'commit') return typeof value === 'function' ? value.bind(target) : value
      return async (steps: Parameters<Broker['commit']>[0]) => {
        const results = await target.commit(steps)
        if (isCut(steps)) throw new KitchenError('unreachable', 'the line was cut')
        return results
      }
    },
  })
}

/** What a marble is, on any engine. @param place The URL of a new kitchen. */
export function marbleLaws(engine: string, place: () => Promise<string>): void {
  const law = (name: string, run: (scratch: Scratch) => Promise<void>): void =>
    test(name, async () => {
      const url = await place()
      const kitchen = await openKitchen(url)
      try {
        await run({ url, kitchen })
      } finally {
        await kitchen.close()
      }
    })

  describe(`${engine}: marbles`, () => {
    law('a marble is held from wait to finish, and its result is kept', async ({ kitchen }) => {
      const queue = kitchen.queue('q')
      const sent = await queue.send({ to: 'ada' })
      await using marble = kitchen.marble({ name: 'script' })
      assert.deepEqual(await marble.wait('q'), { to: 'ada' })
      assert.deepEqual([marble.id, marble.queue, marble.attempt, marble.isHeld], [sent.id, 'q', 1, true])
      assert.deepEqual(await statesOf(kitchen, 'q'), ['running'])
      await marble.finish({ ok: true })
      assert.ok(!marble.isHeld)
      const [job] = await jobsOf(kitchen, 'q')
      assert.deepEqual([job?.state, job?.node, job?.result], ['done', 'script', '{"ok":true}'])
    })

    law('a wait goes on until something is sent, or until its time is up', async ({ kitchen }) => {
      await using marble = kitchen.marble()
      assert.equal(await marble.wait('q', { timeoutMs: 0 }), undefined)
      assert.equal(await marble.wait(['q', 'r'], { timeoutMs: 50 }), undefined)
      const waiting = marble.wait(['q', 'r'])
      await kitchen.queue('r').send(null)
      assert.equal(await waiting, null)
      assert.equal(marble.queue, 'r')
    })

    law('a signal ends a wait, and not what is held', async ({ kitchen }) => {
      await kitchen.queue('q').sendMany([1, 2])
      await using marble = kitchen.marble()
      const stop = new AbortController()
      const seen: Json[] = []
      for await (const { payload } of marble.each('q', { signal: stop.signal })) {
        seen.push(payload)
        stop.abort()
        await marble.finish()
      }
      assert.deepEqual(seen, [1])
      assert.deepEqual(await statesOf(kitchen, 'q'), ['done', 'ready'])
      const later = new AbortController()
      const waiting = marble.wait('r', { signal: later.signal })
      later.abort()
      assert.equal(await waiting, undefined)
    })

    law('of several queues the first that has something gives it', async ({ kitchen }) => {
      await kitchen.queue('a').send('a')
      await kitchen.queue('b').send('b')
      await using marble = kitchen.marble()
      const seen: Json[] = []
      for await (const { payload } of marble.each(['c', 'b', 'a'], { timeoutMs: 0 })) {
        seen.push(payload)
        await marble.finish()
      }
      assert.deepEqual(seen, ['b', 'a'])
    })

    law('what is handed on goes at once; with onFinish it goes with the finish, or never', async ({ kitchen }) => {
      await kitchen.queue('q').sendMany([1, 2])
      await using marble = kitchen.marble()
      await marble.wait('q')
      await marble.send('next', 'back')
      await marble.expedite('next', 'front')
      assert.equal(await marble.send('next', 'with the end', { onFinish: true, priority: 5 }), undefined)
      await marble.elevate('next', 'up', { onFinish: true })
      assert.deepEqual(await payloadsOf(kitchen, 'next'), ['back', 'front'])
      assert.deepEqual(await jobsOf(kitchen, OUTBOX_QUEUE), [])
      await marble.finish()
      assert.deepEqual(await payloadsOf(kitchen, 'next'), ['back', 'front', 'with the end'])
      assert.equal((await jobsOf(kitchen, OUTBOX_QUEUE)).length, 1)

      await marble.wait('q')
      await marble.send('next', 'never', { onFinish: true })
      await marble.release()
      await marble.wait('q')
      await marble.finish()
      assert.equal((await jobsOf(kitchen, 'next')).length, 3)
      await using other = kitchen.marble()
      assert.equal(await other.wait('next'), 'front')
    })

    law('a marble that is left comes back when its lease ends, counted as a crash', async ({ kitchen }) => {
      await kitchen.queue('q').send('a')
      await using marble = kitchen.marble({ leaseMs: LEASE_MS })
      await marble.wait('q')
      const { signal } = marble
      assert.equal(await marble.wait('q', { timeoutMs: 0 }), undefined)
      assert.ok(signal.reason instanceof LeaseLostError)
      assert.equal(await marble.wait('q'), 'a')
      assert.equal(marble.attempt, 2)
      assert.equal((await jobsOf(kitchen, 'q'))[0]?.crashes, 1)
      // What is held does not come back, however long it is.
      await new Promise((resolve) => setTimeout(resolve, 2 * LEASE_MS))
      await marble.finish()
    })

    law('who lost a marble is told, and nothing is done on its behalf', async ({ kitchen }) => {
      await kitchen.queue('q').send('a')
      await using marble = kitchen.marble({ leaseMs: LEASE_MS })
      await marble.wait('q')
      await marble.send('next', 1, { onFinish: true })
      await kitchen.broker.reset({ queue: 'q', gone: [], running: true })
      const { signal } = marble
      await until('its signal aborts', () => signal.aborted)
      await assert.rejects(marble.send('next', 2), LeaseLostError)
      await assert.rejects(marble.finish(), LeaseLostError)
      assert.deepEqual(await jobsOf(kitchen, 'next'), [])
      await assert.rejects(marble.finish(), ArgumentError)
      // Who catches the error may ask why.
      assert.equal(marble.signal, signal)
      assert.ok(signal.reason instanceof LeaseLostError)
      assert.equal(await marble.wait('q'), 'a')
      assert.equal(marble.signal.aborted, false)
    })

    law('a finish that comes too late is refused, told or not', async ({ kitchen }) => {
      await kitchen.queue('q').send('a')
      await using marble = kitchen.marble()
      await marble.wait('q')
      await marble.elevate('next', 1, { onFinish: true })
      await kitchen.broker.reset({ queue: 'q', gone: [], running: true })
      await assert.rejects(marble.finish(), LeaseLostError)
      assert.deepEqual(await jobsOf(kitchen, OUTBOX_QUEUE), [])
      assert.deepEqual(await statesOf(kitchen, 'q'), ['ready'])
    })

    law('an unmonitored marble is done before it is seen', async ({ kitchen }) => {
      await kitchen.queue('q').sendMany([1, 2])
      await using marble = kitchen.marble()
      marble.monitored = false
      assert.equal(await marble.wait('q'), 1)
      assert.deepEqual(await statesOf(kitchen, 'q'), ['done', 'ready'])
      await assert.rejects(marble.fail('no'), ArgumentError)
      await assert.rejects(marble.finish('a result'), ArgumentError)
      await assert.rejects(marble.send('next', 1, { onFinish: true }), ArgumentError)
      assert.equal(await marble.wait('q'), 2)
      await marble.finish()
    })

    law(
      'the outbox numbers what is elevated without a gap, whoever elevates, in the order of the queue',
      async ({ kitchen }) => {
        const marbles = [kitchen.marble(), kitchen.marble(), kitchen.marble()]
        await Promise.all(
          marbles.map(async (marble, who) => {
            for (let n = 0; n < 5; n++) await marble.elevate('up', { who, n }, { priority: n })
          }),
        )
        const waiting = (await payloadsOf(kitchen, OUTBOX_QUEUE)) as { sequence: number; origin: string }[]
        assert.deepEqual(
          waiting.map(({ sequence }) => sequence),
          Array.from({ length: 15 }, (_, at) => at + 1),
        )
        assert.equal(new Set(waiting.map(({ origin }) => origin)).size, 1)
        const { origin, sequence, ...job } = waiting[0] ?? assert.fail()
        assert.ok(origin !== '' && sequence === 1)
        assert.deepEqual(Object.keys(job).sort(), ['payload', 'priority', 'queue'])
        const taken = await kitchen.broker.take({ queue: OUTBOX_QUEUE, node: 'e', countMax: 20, leaseMs: LEASE_MS })
        assert.deepEqual(
          taken.map(({ payload }) => JSON.parse(payload).sequence),
          waiting.map((each) => each.sequence),
        )
        for (const marble of marbles) await marble.close()
      },
    )

    law('a marble that fails runs again, and is in error when its attempts are used up', async ({ kitchen }) => {
      await kitchen.queue('q').send('a')
      await using marble = kitchen.marble({ attempts: 2 })
      await marble.wait('q')
      await marble.fail(new Error('no disk'), { inMs: 0 })
      await marble.wait('q')
      assert.equal(marble.attempt, 2)
      await marble.fail(new Error('no disk'))
      const [job] = await jobsOf(kitchen, 'q')
      assert.deepEqual([job?.state, job?.error, job?.failures], ['error', 'Error: no disk', 2])
    })

    law('a closed marble gives back what it holds, ends its wait, and is seen no more', async ({ kitchen }) => {
      await kitchen.queue('q').send('a')
      const marble = kitchen.marble()
      const seen: Json[] = []
      for await (const { payload } of marble.each('q')) {
        seen.push(payload)
        await marble.close()
      }
      assert.deepEqual(seen, ['a'])
      const [job] = await jobsOf(kitchen, 'q')
      assert.deepEqual([job?.state, job?.attempts, job?.crashes], ['ready', 0, 0])
      assert.deepEqual(await kitchen.broker.records('node/', { countMax: 9 }), [])
      await marble.close()
      await assert.rejects(marble.wait('q'), { code: 'closed' })

      const waits = kitchen.marble()
      const waiting = waits.wait('r')
      const rejected = assert.rejects(waiting, { code: 'closed' })
      await waits.close()
      await rejected
    })

    law(
      'a job that is cancelled aborts the signal, and ends as cancelled or done as the script says',
      async ({ kitchen }) => {
        await kitchen.queue('q').sendMany([1, 2, 3])
        await using marble = kitchen.marble()
        for (const end of ['fail', 'finish'] as const) {
          await marble.wait('q')
          const { id, signal } = marble
          assert.equal(await kitchen.cancel(id, 'not needed'), 'asked')
          await until('its signal aborts', () => signal.aborted)
          assert.equal(signal.reason.message, `job ${id} was cancelled: not needed`)
          await marble[end]('given up')
        }
        // One that came back to its queue is not handed out any more.
        await marble.wait('q')
        const { id, signal } = marble
        await kitchen.cancel(id, 'not needed')
        await until('its signal aborts', () => signal.aborted)
        await marble.release()
        assert.equal(await marble.wait('q', { timeoutMs: 0 }), undefined)
        assert.deepEqual(
          (await jobsOf(kitchen, 'q')).map(({ state, error }) => [state, error]),
          [
            ['cancelled', 'not needed'],
            ['done', null],
            ['cancelled', 'not needed'],
          ],
        )
        assert.deepEqual(await kitchen.broker.records('cancel/', { countMax: 9 }), [])
      },
    )

    law('what it reports is seen by others, with the moment', async ({ kitchen }) => {
      await using marble = kitchen.marble({ name: 'reporter' })
      marble.report('half way')
      const node = await until('it is there', async () => {
        const [record] = await kitchen.broker.records('node/reporter/', { countMax: 9 })
        const value = record && JSON.parse(record.value)
        return value?.message === 'half way' && value
      })
      assert.equal(node.role, 'marble')
      const { nowMs } = await kitchen.broker.describe()
      assert.ok(Math.abs(nowMs - node.seenStoreMs) < 5_000, `${nowMs} ${node.seenStoreMs}`)
    })

    law('an answer that is cut off makes nothing twice', async ({ kitchen }) => {
      await kitchen.queue('q').send('a')
      let cuts = 0
      const broker = cutting(kitchen.broker, ([step]) => step?.settle !== undefined && cuts++ < 1)
      await using marble = new Marble({ ...kitchen.parts, broker })
      await marble.wait('q')
      await marble.send('next', 1, { onFinish: true })
      await marble.elevate('next', 2, { onFinish: true })
      await marble.finish()
      assert.equal(cuts, 2)
      assert.deepEqual(await statesOf(kitchen, 'q'), ['done'])
      assert.equal((await jobsOf(kitchen, 'next')).length, 1)
      assert.equal((await jobsOf(kitchen, OUTBOX_QUEUE)).length, 1)
    })

    law('what makes no sense is told when it is asked for, and the marble stays', async ({ kitchen }) => {
      assert.throws(() => kitchen.marble({ leaseMs: 10 }), ArgumentError)
      assert.throws(() => kitchen.marble({ hungMs: 0 }), ArgumentError)
      await kitchen.queue('q').send('a')
      await using marble = kitchen.marble()
      await assert.rejects(marble.finish(), ArgumentError)
      assert.throws(() => marble.payload, ArgumentError)
      await assert.rejects(marble.wait([]), ArgumentError)
      await assert.rejects(marble.wait('q', { timeoutMs: -1 }), ArgumentError)
      const waiting = marble.wait('q')
      await assert.rejects(marble.wait('q'), ArgumentError)
      await waiting
      await assert.rejects(marble.send('next', 1, { onFinish: true, priority: 5_000 }), ArgumentError)
      await assert.rejects(marble.elevate('next', 'x'.repeat(4 * 1024 * 1024 - 10), { onFinish: true }), ArgumentError)
      await assert.rejects(marble.finish(1n as unknown as Json), ArgumentError)
      await assert.rejects(marble.finish('x'.repeat(2 * 1024 * 1024)), ArgumentError)
      assert.ok(marble.isHeld)
      const finished = marble.finish()
      await assert.rejects(marble.finish(), ArgumentError)
      await finished
    })

    law('a finish that nobody awaits is no marble left', async ({ kitchen }) => {
      await kitchen.queue('q').sendMany([1, 2])
      await using marble = kitchen.marble({ leaseMs: LEASE_MS })
      await marble.wait('q')
      void marble.finish()
      assert.equal(await marble.wait('q'), 2)
      assert.deepEqual(await statesOf(kitchen, 'q'), ['done', 'running'])
      assert.ok(marble.isHeld && !marble.signal.aborted)
    })

    law('a marble by itself opens its kitchen, and closes it', async ({ kitchen, url }) => {
      if (url === 'memory:') return
      await kitchen.queue('q').send('a')
      await using marble = await openMarble(url, { name: 'alone', create: false })
      assert.equal(await marble.wait('q'), 'a')
      await marble.finish()
      await marble.close()
      await assert.rejects(marble.send('q', 1), { code: 'closed' })
    })
  })
}
