import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { openRedis } from '#hob/broker/redis/open.js'
import { sharedRedisUrl } from '../support/servers/shared.js'
import type { EngineUnderTest } from './engine.js'

/** In the place of the server's clock: one that stands still until the law moves it. */
const CLOCK = "local function clock_us() return call('GET', kitchen .. ':clock') * 1000 end"

const START_MS = 1_700_000_000_000

/** The Redis engine on a real server, a kitchen of its own for each law. */
export const redisEngine: EngineUnderTest = {
  name: 'redis',
  exempt: {},
  async open() {
    const server = await sharedRedisUrl()
    const kitchen = `laws-${randomUUID()}`
    const hand = new Redis(server)
    const clock = `{hob:${kitchen}}:clock`
    await hand.set(clock, START_MS)
    const open = () => openRedis(`${server}/${kitchen}`, { create: true, clock: CLOCK })
    let broker = await open()
    return {
      get broker() {
        return broker
      },
      async pass(ms) {
        await hand.incrby(clock, ms)
      },
      async reopen() {
        await broker.close()
        broker = await open()
        return broker
      },
      async dispose() {
        await broker.close()
        const keys = await hand.keys(`{hob:${kitchen}}*`)
        if (keys.length > 0) await hand.unlink(keys)
        await hand.quit()
      },
    }
  },
}
