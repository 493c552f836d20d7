import assert from 'node:assert/strict'
import { randomUUID } from 'node:crypto'
import { test } from 'vitest'
import { openRedis } from '#hob/broker/redis/open.js'
import { sharedRedisUrl } from '../support/servers/shared.js'

test('a queue is listed whole whether its jobs fit into one look, into several, or are too many to look at', async () => {
  const broker = await openRedis(`${await sharedRedisUrl()}/lists-${randomUUID()}`, { create: true })
  try {
    const send = async (priority: number, count: number): Promise<readonly string[]> => {
      const jobs = Array.from({ length: count }, () => ({ queue: 'q', priority, payload: '1' }))
      const others = Array.from({ length: 100 }, () => ({ queue: 'other', payload: '1' }))
      const [result] = await broker.commit([{ send: [...jobs, ...others] }])
      return result?.sent.slice(0, count).map(({ id }) => id) ?? []
    }
    const list = async (countMax: number): Promise<readonly string[]> => {
      const ids: string[] = []
      for (;;) {
        const after = ids.at(-1)
        const page = await broker.jobs({ queue: 'q', countMax, ...(after !== undefined && { after }) })
        if (page.length === 0) return ids
        ids.push(...page.map(({ id }) => id))
      }
    }
    const ids = [...(await send(0, 3_000)), ...(await send(1, 9_000)), ...(await send(0, 500))]
    assert.deepEqual(await list(10_000), ids)
    ids.push(...(await send(2, 1_001)))
    assert.deepEqual(await list(7_000), ids)
    assert.deepEqual(await broker.oldestReady(Array.from({ length: 10_000 }, (_, n) => (n === 9_999 ? 'q' : `${n}`))), [
      ...Array.from({ length: 9_999 }, () => null),
      (await broker.job(ids[0] ?? ''))?.dueMs,
    ])
  } finally {
    await Promise.all(['q', 'other'].map((queue) => broker.clean({ queue })))
    await broker.close()
  }
})
