import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { openKitchen, Scheduler } from '#hob/index.js'
import { sharedPostgresUrl, sharedRedisUrl } from '../support/servers/shared.js'
import { until } from '../support/until.js'

const EVERY_MS = 200
const NAMES = ['a', 'b', 'c'] as const

/** The same on each: another process's kitchen is another connection. */
const SERVERS: Readonly<Record<string, () => Promise<string>>> = {
  redis: async () => `${await sharedRedisUrl()}/schedules${process.pid}`,
  postgres: async () => `${await sharedPostgresUrl()}?schema=schedules${process.pid}`,
}

for (const [engine, urlOf] of Object.entries(SERVERS)) {
  describe(engine, () => {
    test('two schedulers give each tick once, also where one follows the other and edits come between', async () => {
      const url = await urlOf()
      await using one = await openKitchen(url)
      await using other = await openKitchen(url)
      const faults: unknown[] = []
      const events = { onFault: (error: unknown) => faults.push(error) }
      const first = new Scheduler(one.broker, { node: 'first', events })
      const second = new Scheduler(other.broker, { node: 'second', events })
      first.start()
      second.start()
      const put = (payload: number) =>
        Promise.all(
          NAMES.map((name) =>
            one.schedules.put({
              name,
              everyMs: EVERY_MS,
              queue: name,
              payload: { payload },
              timeMember: 'atMs',
              missed: 'all',
            }),
          ),
        )
      await put(0)
      const sent = async (name: string) =>
        (await one.broker.jobs({ queue: name, countMax: 10_000 })).map(({ payload }) => JSON.parse(payload))
      const oneMore = async (name: string, count: number) => {
        const before = (await sent(name)).length
        await until(`${name} has ticked`, async () => (await sent(name)).length >= before + count)
      }
      const more = (count: number) => Promise.all(NAMES.map((name) => oneMore(name, count)))
      await more(3)
      for (let edit = 1; edit <= 10; edit++) {
        await put(edit)
        const before = await Promise.all(NAMES.map(sent))
        await more(2)
        for (const [at, name] of NAMES.entries()) {
          const after = (await sent(name)).slice(before[at]?.length)
          assert.deepEqual(new Set(after.map(({ payload }) => payload)), new Set([edit]))
        }
      }
      const leader = first.isLeading ? first : second
      await leader.stop()
      await until('the other leads', () => (leader === first ? second : first).isLeading)
      await more(3)
      await Promise.all([first.stop(), second.stop()])
      for (const name of NAMES) {
        const times = (await sent(name)).map(({ atMs }) => atMs as number)
        assert.deepEqual(
          times,
          times.map((_, at) => (times[0] ?? 0) + at * EVERY_MS),
          name,
        )
        assert.equal(await one.schedules.remove(name), true)
      }
      assert.deepEqual(await one.broker.records('', { countMax: 10 }), [])
      assert.deepEqual(faults, [])
    })
  })
}
