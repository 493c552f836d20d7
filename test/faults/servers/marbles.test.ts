import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { openKitchen } from '#hob/index.js'
import { inScratchFolder } from '../../cli/hob.js'
import { endAll, startFixture, startHob } from '../../support/running.js'
import { KITCHEN_SERVERS } from '../../support/servers/kinds.js'
import { until } from '../../support/until.js'

describe.each(KITCHEN_SERVERS)('on $name', (kind) => {
  test('a script and a monitor wait for a server that is away, and go on', () =>
    inScratchFolder(async (cwd) => {
      const server = await kind.start()
      try {
        const kitchen = await openKitchen(server.url)
        await kitchen.queue('q').sendMany(['before', 'after'])
        const settings = { name: 'script', leaseMs: 10_000, blockMs: 'wait' }
        const script = startFixture('marble', [server.url, JSON.stringify(settings)], { cwd })
        await until('it holds a marble', () => script.out.includes('held'))
        const monitor = startHob(['monitor', '--every', '100ms', '-k', server.url], { cwd })
        await until(
          'the monitor is there',
          async () => (await kitchen.broker.records('node/', { countMax: 9 })).length > 1,
        )
        await kitchen.close()

        await server.kill()
        script.type('go on\n')
        await monitor.says('Waiting for the kitchen')
        await new Promise((resolve) => setTimeout(resolve, 2_000))
        await server.restart()
        await monitor.says('The kitchen answers again.')
        await until(`it has finished; it said ${script.out}${script.err}`, () => script.out.includes('finished'))
        await until('it holds the next', () => script.out.split('held').length === 3)
        assert.doesNotMatch(script.out, /lost|aborted/)
        assert.equal(monitor.err.split('Waiting for the kitchen').length, 2, monitor.err)
        monitor.kill('SIGINT')
        assert.equal((await monitor.ended).status, 0)
      } finally {
        await endAll()
        await server.dispose()
      }
    }))
})
