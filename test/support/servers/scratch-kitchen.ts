import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import pg from 'pg'
import { sharedPostgresUrl, sharedRedisUrl } from './shared.js'

/** An empty kitchen of a test's own: its URL, and how to be rid of it. */
export interface ScratchKitchen {
  readonly url: string
  readonly dispose: () => Promise<void>
}

/** One on the shared Redis. */
export async function redisKitchen(): Promise<ScratchKitchen> {
  const server = await sharedRedisUrl()
  const kitchen = `scratch-${randomUUID()}`
  const dispose = async () => {
    const hand = new Redis(server)
    const keys = await hand.keys(`{hob:${kitchen}}*`)
    if (keys.length > 0) await hand.unlink(keys)
    await hand.quit()
  }
  return { url: `${server}/${kitchen}`, dispose }
}

/** One on the shared PostgreSQL. */
export async function postgresKitchen(): Promise<ScratchKitchen> {
  const server = await sharedPostgresUrl()
  const schema = `scratch_${randomUUID().replaceAll('-', '').slice(0, 20)}`
  const dispose = async () => {
    const hand = new pg.Client({ connectionString: server })
    await hand.connect()
    await hand.query(`DROP SCHEMA IF EXISTS ${schema} CASCADE`)
    await hand.end()
  }
  return { url: `${server}?schema=${schema}`, dispose }
}
