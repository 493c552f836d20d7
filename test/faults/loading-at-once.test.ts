import assert from 'node:assert/strict'
import { readFile, writeFile } from 'node:fs/promises'
import { test } from 'vitest'
import { onFarm } from '../support/farm.js'
import { startFixture, startHob } from '../support/running.js'
import { until } from '../support/until.js'

test('two loads of one file at once: every row is there once', () =>
  onFarm(async (farm) => {
    const rows = Array.from({ length: 20_000 }, (_, row) => `row ${row},${row % 7}`)
    await writeFile(farm.path('orders.csv'), rows.map((row) => `${row}\n`).join(''))
    const load = () => startHob(['load', '--json', '--key', 'row', 'orders.csv'], { cwd: farm.folder })
    const loads = await Promise.all([load().ended, load().ended])
    const counts = loads.map(({ status, out, err }) => {
      assert.deepEqual({ status, err }, { status: 0, err: '' })
      const { loaded, alreadyThere }: { loaded: number; alreadyThere: number } = JSON.parse(out)
      assert.equal(loaded + alreadyThere, rows.length)
      return loaded
    })
    assert.equal(
      counts.reduce((sum, loaded) => sum + loaded, 0),
      rows.length,
    )
    const orders = (await farm.jobs()).map(({ payload }) => (JSON.parse(payload) as string[]).join(','))
    assert.deepEqual([...orders].sort(), [...rows].sort())
  }))

test('thirty-two programs make the same new kitchen at the same moment', () =>
  onFarm(async (farm) => {
    const openers = Array.from({ length: 32 }, (_, at) =>
      startFixture('opener', [farm.url, `${at}`], { cwd: farm.folder }),
    )
    await until('all stand at the line', () => openers.every(({ out }) => out === 'ready\n'))
    for (const opener of openers) opener.type('go\n')
    for (const { status, err } of await Promise.all(openers.map(({ ended }) => ended))) {
      assert.deepEqual({ status, err }, { status: 0, err: '' })
    }
    const sent = (await farm.jobs()).map(({ payload }) => Number(payload))
    assert.deepEqual(
      sent.sort((a, b) => a - b),
      openers.map((_, at) => at),
    )
    assert.equal((await readFile(farm.path('.hob/hob.db'))).subarray(0, 15).toString(), 'SQLite format 3')
  }))
