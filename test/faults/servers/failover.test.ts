import { Redis } from 'ioredis'
import { test } from 'vitest'
import { onFarm } from '../../support/farm.js'
import { keptItsWord } from '../../support/ledger.js'
import { Load, SEED } from '../../support/load.js'
import { RedisServer } from '../../support/servers/redis.js'
import { SentinelServer } from '../../support/servers/sentinel.js'
import { until } from '../../support/until.js'

/** Whether a server answers as the one that is written to, and has replicas. */
async function replication(server: RedisServer): Promise<{ readonly isPrimary: boolean; readonly replicas: number }> {
  const client = new Redis(server.url)
  client.on('error', () => {})
  try {
    const facts = await client.info('replication')
    return { isPrimary: facts.includes('role:master'), replicas: Number(/connected_slaves:(\d+)/.exec(facts)?.[1]) }
  } finally {
    client.disconnect()
  }
}

const SETTINGS = { appendonly: 'yes', appendfsync: 'always', 'repl-diskless-sync-delay': '0' }

test(`when a sentinel makes a replica the server, work goes on within five seconds (HOB_TORTURE_SEED=${SEED})`, async () => {
  const primary = await RedisServer.start({ settings: SETTINGS })
  const replica = await RedisServer.start({
    settings: { ...SETTINGS, replicaof: `${primary.host} ${primary.port}` },
  })
  const sentinel = await SentinelServer.start(primary)
  try {
    await until('the replica follows', async () => (await replication(primary)).replicas === 1)
    // It finds the replicas by asking their server, every ten seconds and at the start.
    await until(
      'the sentinel knows the replica',
      () => sentinel.log.includes(`:${replica.port}`) || sentinel.log.includes('+slave'),
    )
    await onFarm(async (farm) => {
      await farm.make()
      const load = new Load(farm)
      for (let n = 0; n < 2; n++) load.sender()
      for (const name of ['one', 'other']) load.worker(name)
      await load.goesOn()
      const killedMs = Date.now()
      await primary.kill()
      await until('the replica is the server', async () => (await replication(replica)).isPrimary)
      const backMs = Date.now()
      await load.goesOn(1, { mostMs: 5_000 })
      await load.goesOn()
      await load.drain()
      await keptItsWord(farm, [{ fromMs: killedMs - 1_000, toMs: backMs }])
    }, sentinel.url)
  } finally {
    for (const server of [sentinel, replica, primary]) await server.dispose()
  }
})
