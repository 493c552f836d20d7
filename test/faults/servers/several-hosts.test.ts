import { setTimeout as sleep } from 'node:timers/promises'
import { describe, test } from 'vitest'
import { BadLine } from '../../support/bad-line/bad-line.js'
import { onFarm } from '../../support/farm.js'
import { Hosts, whyNoHosts } from '../../support/hosts.js'
import { keptItsWord, settled } from '../../support/ledger.js'
import { Load, SEED } from '../../support/load.js'
import { KITCHEN_SERVERS } from '../../support/servers/kinds.js'
import { until } from '../../support/until.js'

const why = whyNoHosts()
if (why !== undefined) console.log(`Not tested: several hosts, because ${why}.`)

/** Two leases. */
const CUT_MS = 2_000

describe.skipIf(why !== undefined).each(KITCHEN_SERVERS)('$name', ({ start }) => {
  test(`three hosts share a server on a fourth; one that is cut off for two leases comes back, and no word is broken (HOB_TORTURE_SEED=${SEED})`, async () => {
    const hosts = await Hosts.start(4)
    const { address: host, within } = hosts.first
    const server = await start({ host, within })
    // This process is on none of the hosts; it looks at the kitchen by the server's socket.
    const line = await BadLine.start({ path: server.socket })
    try {
      await onFarm(async (farm) => {
        const load = new Load(farm)
        for (const [at, { within }] of hosts.others.entries()) {
          load.sender({ url: server.url, within })
          load.worker(`host-${at}`, { url: server.url, within })
        }
        await load.goesOn()
        const [lonely] = hosts.others
        if (lonely === undefined) throw new Error('there is no host')
        hosts.cut(lonely)
        await sleep(CUT_MS)
        // The others do what it held.
        await load.goesOn()
        hosts.join(lonely)
        const sinceMs = Date.now()
        await until('its worker works again', async () =>
          (await settled(farm)).some(
            ({ node, result, atMs }) => node === 'host-0' && result === 'done' && atMs > sinceMs,
          ),
        )
        await load.drain()
        await keptItsWord(farm)
      }, line.through(server.url))
    } finally {
      await line.dispose()
      await server.dispose()
      await hosts.end()
    }
  })
})
