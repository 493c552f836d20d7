import { randomUUID } from 'node:crypto'
import { Redis } from 'ioredis'
import { sharedRedisUrl } from '../support/servers/shared.js'
import { libraryLaws } from './library-laws.js'

libraryLaws('redis', async () => {
  const server = await sharedRedisUrl()
  const kitchen = `library-${randomUUID()}`
  return {
    url: `${server}/${kitchen}`,
    dispose: async () => {
      const hand = new Redis(server)
      const keys = await hand.keys(`{hob:${kitchen}}*`)
      if (keys.length > 0) await hand.unlink(keys)
      await hand.quit()
    },
  }
})
