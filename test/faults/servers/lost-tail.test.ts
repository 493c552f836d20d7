import assert from 'node:assert/strict'
import { readdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import type { TakenJob } from '#hob/broker/job-store.js'
import { openKitchen } from '#hob/index.js'
import { REDIS } from '../../support/servers/kinds.js'
import { onServer } from '../../support/servers/on-server.js'
import type { Server } from '../../support/servers/server.js'
import { until } from '../../support/until.js'

/** The file to which Redis appends what it does. */
function appended({ folder }: Server): string {
  const place = join(folder, 'appendonlydir')
  const file = readdirSync(place).find((name) => name.endsWith('.incr.aof'))
  assert.ok(file)
  return join(place, file)
}

/** Asks again while the broker has not heard that the server is back. */
const patiently = <T>(ask: () => Promise<T>): Promise<T> =>
  until('the server answers', async () => {
    try {
      return await ask()
    } catch (error) {
      if ((error as { readonly code?: string }).code !== 'unreachable') throw error
      return undefined
    }
  })

async function takeOne(broker: Broker, node: string): Promise<TakenJob> {
  const [job] = await patiently(() => broker.take({ queue: 'q', node, countMax: 1, leaseMs: 60_000 }))
  assert.ok(job)
  return job
}

const settle = async (broker: Broker, { id, lease }: TakenJob): Promise<string | undefined> => {
  const [result] = await broker.commit([{ settle: { job: id, lease, outcome: { kind: 'done' } } }])
  return result?.kind
}

test('a lease that a Redis forgot in a power cut is refused, although the job has been taken again since', () =>
  onServer(REDIS.start, async ({ server }) => {
    const { broker } = await openKitchen(server.url)
    const [sent] = await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
    const sizeBytes = statSync(appended(server)).size
    const forgotten = await takeOne(broker, 'one')
    assert.equal(forgotten.id, sent?.sent[0]?.id)
    await server.kill()
    // What a power cut leaves when the last second was not on the disk yet.
    truncateSync(appended(server), sizeBytes)
    await server.restart()
    const taken = await takeOne(broker, 'other')
    assert.equal(taken.id, forgotten.id)
    assert.equal(await settle(broker, forgotten), 'lost')
    assert.equal(await settle(broker, taken), 'done')
    await broker.close()
  }))
