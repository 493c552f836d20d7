import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { openMemory } from '#hob/broker/memory/memory.js'
import { exponential, fixed } from '#hob/core/backoff.js'
import { VirtualClock } from '#hob/core/clock.js'
import { ArgumentError, KitchenError } from '#hob/core/errors.js'
import { changePolicy, type PolicyChanges, readPolicy } from '#hob/queue/policies.js'

const kitchen = (): Broker => openMemory({ clock: new VirtualClock() })

describe('the policy of a queue', () => {
  test('says nothing until somebody says something, and all of it again afterwards', async () => {
    const broker = kitchen()
    assert.deepEqual(await readPolicy(broker, 'mail'), {})
    const policy = { attempts: 3, backoff: fixed({ firstMs: 10 }), keep: { doneMs: 60_000, doneMax: Infinity } }
    assert.deepEqual(await changePolicy(broker, 'mail', policy), policy)
    assert.deepEqual(await readPolicy(broker, 'mail'), policy)
    assert.deepEqual(await readPolicy(broker, 'other'), {})
  })

  test('keeps what a change does not name, and leaves to the workers what it sets to null', async () => {
    const broker = kitchen()
    await changePolicy(broker, 'mail', { attempts: 3, backoff: exponential(), keep: { doneMax: 5, errorMs: 100 } })
    await changePolicy(broker, 'mail', { attempts: null, keep: { errorMs: null, errorMax: 7 } })
    assert.deepEqual(await readPolicy(broker, 'mail'), { backoff: exponential(), keep: { doneMax: 5, errorMax: 7 } })
    await changePolicy(broker, 'mail', { backoff: null, keep: null })
    assert.deepEqual(await readPolicy(broker, 'mail'), {})
    assert.deepEqual(await broker.records('queue/', { countMax: 10 }), [])
  })

  test('takes every one of many changes made at once', async () => {
    const broker = kitchen()
    const changes: readonly PolicyChanges[] = [
      { attempts: 2 },
      { backoff: fixed() },
      { keep: { doneMax: 1 } },
      { keep: { errorMax: 2 } },
      { keep: { doneMs: 3 } },
    ]
    await Promise.all(changes.map((change) => changePolicy(broker, 'mail', change)))
    assert.deepEqual(await readPolicy(broker, 'mail'), {
      attempts: 2,
      backoff: fixed(),
      keep: { doneMax: 1, errorMax: 2, doneMs: 3 },
    })
  })

  test('gives up, and says so, when others change it without an end', async () => {
    const broker = kitchen()
    const contended = Object.create(broker, {
      record: {
        value: async (key: string) => {
          const record = await broker.record(key)
          await broker.commit([{ put: [{ key, value: '{}' }] }])
          return record
        },
      },
      commit: { value: broker.commit.bind(broker) },
    })
    await assert.rejects(changePolicy(contended, 'mail', { attempts: 2 }), (error) => {
      return error instanceof KitchenError && error.code === 'busy'
    })
  })

  const faults: readonly (readonly [changes: object, says: RegExp])[] = [
    [{ attempts: 0 }, /^attempts is 0: /],
    [{ attempts: 1.5 }, /^attempts is 1\.5: /],
    [{ atempts: 3 }, /^policy has no 'atempts': did you mean attempts\?$/],
    [{ priority: 3 }, /^policy has no 'priority': it has attempts, backoff, keep$/],
    [{ backoff: { ...fixed(), kind: 'random' } }, /^a backoff is one of fixed, linear, exponential$/],
    [{ backoff: { ...fixed(), firstMs: -1 } }, /^a backoff needs /],
    [{ keep: { doneMax: -1 } }, /^doneMax is -1: /],
    [{ keep: { errorMs: Number.NaN } }, /^errorMs is NaN: /],
    [{ keep: { doneDays: 1 } }, /^keep has no 'doneDays'/],
  ]
  for (const [changes, says] of faults) {
    test(`refuses ${JSON.stringify(changes)}, and changes nothing`, async () => {
      const broker = kitchen()
      await changePolicy(broker, 'mail', { attempts: 4 })
      await assert.rejects(changePolicy(broker, 'mail', changes as PolicyChanges), (error) => {
        return error instanceof ArgumentError && says.test(error.message)
      })
      assert.deepEqual(await readPolicy(broker, 'mail'), { attempts: 4 })
    })
  }

  for (const value of ['[', '7', 'null', '{"attempts":"many"}', '{"keep":{"doneMax":"some"}}']) {
    test(`a record that holds ${value} is a clear error`, async () => {
      const broker = kitchen()
      await broker.commit([{ put: [{ key: 'queue/mail', value }] }])
      await assert.rejects(readPolicy(broker, 'mail'), (error) => {
        return error instanceof ArgumentError && error.message.startsWith("record 'queue/mail' holds no policy: ")
      })
    })
  }
})
