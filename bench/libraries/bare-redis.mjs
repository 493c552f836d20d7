// The least that a queue on Redis needs: what its speed is held against. One job is an LPUSH; batches are Lua.
import Redis from 'ioredis'

const BATCH = 100
const IN_FLIGHT = 2

const SEND = `
local last = redis.call('INCRBY', 'id', #ARGV)
local ids, fields = {}, {}
for i, payload in ipairs(ARGV) do
  local id = last - #ARGV + i
  ids[i] = id
  fields[2 * i - 1], fields[2 * i] = id, payload
end
redis.call('HSET', 'payloads', unpack(fields))
redis.call('LPUSH', 'ready', unpack(ids))
return last`

const TAKE = `
local ids = redis.call('RPOP', 'ready', ARGV[1])
if not ids then return {} end
local leases = {}
for i, id in ipairs(ids) do leases[2 * i - 1], leases[2 * i] = ARGV[2], id end
redis.call('ZADD', 'leases', unpack(leases))
return {ids, redis.call('HMGET', 'payloads', unpack(ids))}`

const FINISH = `
redis.call('HDEL', 'payloads', unpack(ARGV))
return redis.call('ZREM', 'leases', unpack(ARGV))`

/** @returns {Promise<import('./hob.mjs').Library>} */
export async function open({ url }) {
  const redis = new Redis(url)
  redis.defineCommand('sendAll', { numberOfKeys: 0, lua: SEND })
  redis.defineCommand('takeSome', { numberOfKeys: 0, lua: TAKE })
  redis.defineCommand('finishSome', { numberOfKeys: 0, lua: FINISH })
  return {
    send: (payload) => redis.lpush('ready', JSON.stringify(payload)),
    sendMany: (payloads) => redis.sendAll(...payloads.map((payload) => JSON.stringify(payload))),
    work: async (run) => workByLoops(redis, run),
    async left() {
      return (await redis.llen('ready')) + (await redis.zcard('leases'))
    },
    close: () => redis.quit(),
  }
}

function workByLoops(redis, run) {
  async function loop() {
    for (;;) {
      const [ids, payloads] = await redis.takeSome(BATCH, Date.now() + 15_000)
      if (ids === undefined) return
      for (const payload of payloads) run(JSON.parse(payload))
      await redis.finishSome(...ids)
    }
  }
  const ended = Promise.all(Array.from({ length: IN_FLIGHT }, loop))
  return { stop: () => ended }
}
