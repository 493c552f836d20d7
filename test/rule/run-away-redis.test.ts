import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { test } from 'vitest'
import { KitchenError, runImmediately } from '#hob/index.js'
import { RunFarm } from '../support/rule/run-farm.js'
import { RedisServer } from '../support/servers/redis.js'
import { until } from '../support/until.js'

/** Its function holds the run until the test lets it go on. */
const SOURCE = `
import { existsSync, writeFileSync } from 'node:fs'
import { jsonLines, rule } from 'hob'
const at = (name: string): string => new URL('./' + name, import.meta.url).pathname
const hold = (parts) => {
  writeFileSync(at('reached'), '')
  while (!existsSync(at('go'))) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
  return parts
}
export default rule({ name: 'sales', input: jsonLines(), keyParts: ['shop'], valueParts: ['amount'], archive: true, partsPreprocess: [hold] })
`

test('a run whose kitchen goes away says so, waits for it, and gives up', async () => {
  const server = await RedisServer.start()
  await using _stop = { [Symbol.asyncDispose]: () => server.dispose() }
  await using farm = await RunFarm.open(SOURCE, `${server.url}/away`)
  await farm.push('in', [[{ shop: 'a', amount: 1 }]])
  const blobs = (await farm.names('in')).map((name) => ({ tag: 'in', name }))
  const faults: unknown[] = []
  const { kitchen, store } = farm
  const running = runImmediately({
    ...{ address: { module: farm.module, rule: 'sales' }, blobs, kitchen, store, threads: 1 },
    patienceMs: 1_000,
    onFault: (error) => faults.push(error),
  })
  const ended = running.then(
    () => assert.fail('it ended well'),
    (error: unknown) => error,
  )
  await until('the function is called', () => existsSync(farm.path('reached')))
  await server.kill()
  const sinceMs = performance.now()
  await farm.writeBeside('go', '')
  const error = await ended
  assert.ok(error instanceof KitchenError, String(error))
  assert.equal(error.code, 'unreachable')
  assert.ok(faults.length > 0)
  assert.ok(performance.now() - sinceMs >= 1_000)
})
