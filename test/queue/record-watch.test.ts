import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { test } from 'vitest'
import { openMemory } from '#hob/broker/memory/memory.js'
import { systemClock } from '#hob/core/clock.js'
import { KitchenError } from '#hob/core/errors.js'
import { RecordWatch } from '#hob/queue/record-watch.js'
import { until } from '../support/until.js'

const put = (key: string, value: string) => ({ put: [{ key, value }] })

test('who follows knows the records, and each change of them', async () => {
  const broker = openMemory({ clock: systemClock })
  const watch = new RecordWatch(broker, 'colour')
  let seen: readonly string[] = []
  const end = watch.follow({
    onRecords: (records) => {
      seen = records.map(({ key, value }) => `${key}=${value}`)
    },
    onFault: (error) => assert.fail(String(error)),
  })
  await broker.commit([put('colour/a', '1'), put('other/b', '2')])
  await until('it is seen', () => seen.join() === 'colour/a=1')
  await broker.commit([put('colour/a', '3'), put('colour/c', '4')])
  await until('the change is seen', () => seen.join() === 'colour/a=3,colour/c=4')
  end()
  end()
})

test('an answer that comes late is not taken for what stands now', async () => {
  const broker = openMemory({ clock: systemClock })
  const answers: (() => void)[] = []
  const slow = {
    watch: () => () => {},
    records: async (prefix: string, page: { readonly countMax: number }) => {
      const found = await broker.records(prefix, page)
      await new Promise<void>((resolve) => answers.push(resolve))
      return found
    },
  }
  const watch = new RecordWatch(slow, 'colour')
  const seen: string[] = []
  watch.follow({
    onRecords: ([record]) => seen.push(record?.value ?? ''),
    onFault: (error) => assert.fail(String(error)),
  })
  await broker.commit([put('colour/a', '"old"')])
  const first = watch.read()
  await until('it is under way', () => answers.length === 1)
  await broker.commit([put('colour/a', '"new"')])
  const second = watch.read()
  await until('both are', () => answers.length === 2)
  answers[1]?.()
  await second
  answers[0]?.()
  await first
  assert.deepEqual(seen, ['"new"'])
})

test('a read that failed is told, and made again', async () => {
  const broker = openMemory({ clock: systemClock })
  const faults: unknown[] = [new KitchenError('unreachable', 'away')]
  const failing = {
    watch: broker.watch.bind(broker),
    records: (...query: Parameters<typeof broker.records>) => {
      const fault = faults.shift()
      return fault === undefined ? broker.records(...query) : Promise.reject(fault)
    },
  }
  const told: unknown[] = []
  let reads = 0
  const end = new RecordWatch(failing, 'colour').follow({
    onRecords: () => {
      reads++
    },
    onFault: (error) => told.push(error),
  })
  await until('it has read', () => reads > 0)
  assert.equal(told.length, 1)
  end()
})

test('a read that fails when nobody follows any more keeps nothing from who follows later', async () => {
  const broker = openMemory({ clock: systemClock })
  const failures: ((error: unknown) => void)[] = []
  let fails = true
  const failing = {
    watch: broker.watch.bind(broker),
    records: (...query: Parameters<typeof broker.records>) =>
      fails
        ? new Promise<never>((_, reject) => {
            failures.push(reject)
          })
        : broker.records(...query),
  }
  const watch = new RecordWatch(failing, 'colour')
  const leave = watch.follow({ onRecords: () => {}, onFault: () => {} })
  await until('a read is under way', () => failures.length > 0)
  leave()
  failures[0]?.(new KitchenError('unreachable', 'away'))
  fails = false
  // Longer than after which a failed read is made again.
  await sleep(1_200)
  let seen = ''
  const end = watch.follow({
    onRecords: ([record]) => {
      seen = record?.value ?? ''
    },
    onFault: (error) => assert.fail(String(error)),
  })
  await broker.commit([put('colour/a', '1')])
  await until('it is seen', () => seen === '1', { mostMs: 2_000 })
  end()
})
