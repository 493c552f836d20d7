import assert from 'node:assert/strict'
import { fileURLToPath } from 'node:url'
import { test } from 'vitest'
import type { Json } from '#hob/index.js'
import { type Farm, onFarm } from '../support/farm.js'
import { type Running, start } from '../support/running.js'
import { until } from '../support/until.js'

const REGISTER = new URL('../../node_modules/jiti/lib/jiti-register.mjs', import.meta.url).href
const example = (name: string) => fileURLToPath(new URL(`../../examples/${name}.ts`, import.meta.url))

const startExample = (farm: Farm, name: string): Running =>
  start(process.execPath, ['--import', REGISTER, example(name)], { cwd: farm.folder })

const send = async (farm: Farm, queue: string, payloads: readonly Json[]): Promise<void> => {
  await farm.make()
  await farm.look((kitchen) => kitchen.queue(queue).sendMany(payloads))
}

const linesOf = ({ out }: Running): readonly string[] => out.split('\n').slice(0, -1)
const DATA = ['Test Data: 1', 'Test Data: 2', 'Test Data: 3']
const FRONT = 'This data is at the front of the queue!'
const BACK = 'This data is at the back of the queue!'

test('the monitored job prints each once, and hands on to the front, to the back and to a higher run', () =>
  onFarm(async (farm) => {
    await send(farm, 'test-monitored', [...DATA, 'Test Data: 4'])
    const script = startExample(farm, 'marble-monitored')
    await until('all are done', async () => {
      const jobs = (await farm.jobs()).filter(({ queue }) => queue === 'test-monitored')
      return jobs.length === 6 && jobs.every(({ state }) => state === 'done')
    })
    script.kill('SIGINT')
    const { signal, out, err } = await script.ended
    assert.deepEqual({ signal, err }, { signal: 'SIGINT', err: '' })
    assert.deepEqual(out.split('\n').slice(0, -1), [...DATA, FRONT, 'Test Data: 4', BACK])
    const [elevated, ...more] = (await farm.jobs()).filter(({ queue }) => queue === 'outbox')
    assert.deepEqual(more, [])
    const { sequence, queue, payload } = JSON.parse(elevated?.payload ?? '')
    assert.deepEqual([sequence, queue, payload], [1, 'test-monitored', 'sending this to a higher run!'])
  }))

test('the unmonitored job prints each once, and what it has printed is done', () =>
  onFarm(async (farm) => {
    await send(farm, 'test-unmonitored', DATA)
    const script = startExample(farm, 'marble-unmonitored')
    await until('all are printed', () => linesOf(script).length === DATA.length)
    script.kill('SIGKILL')
    await script.ended
    assert.deepEqual(linesOf(script), DATA)
    assert.deepEqual(
      (await farm.jobs()).map(({ state, crashes }) => [state, crashes]),
      DATA.map(() => ['done', 0]),
    )
  }))

test('what the unfinished job leaves comes back, until it is set aside after three crashes', () =>
  onFarm(async (farm) => {
    await send(farm, 'test-monitored', DATA)
    const script = startExample(farm, 'marble-unfinished')
    await until('it has seen what it sent', () => linesOf(script).includes(BACK))
    assert.deepEqual(linesOf(script).slice(0, 3), DATA)
    assert.ok(linesOf(script).indexOf(FRONT) < linesOf(script).indexOf(BACK))
    // Each time that it sees the third it sends two more: nine jobs in all, each seen three times.
    await until('all are set aside', async () => {
      const jobs = await farm.jobs()
      return jobs.length === 9 && jobs.every(({ state, crashes }) => state === 'error' && crashes === 3)
    })
    const counts = [...DATA, FRONT, BACK].map((data) => linesOf(script).filter((line) => line === data).length)
    assert.deepEqual(counts, [3, 3, 3, 9, 9])
  }))
