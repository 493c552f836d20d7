import assert from 'node:assert/strict'
import { rename, rm, writeFile } from 'node:fs/promises'
import { test } from 'vitest'
import { hob } from '../cli/hob.js'
import { type Farm, onFarm } from '../support/farm.js'
import { startHob } from '../support/running.js'

/** What an idle worker looks at by itself, at least this often, and a moment to end in. */
const NOTICED_MS = 8_000

const MODULE = `
import { defineQueue, defineWorker } from 'hob'
export const worker = defineWorker(defineQueue({ name: 'mail' }), () => {})
`

/** Starts a worker and has it do a job; then takes its kitchen away, which it has to notice by itself. */
const isNoticed = (takeAway: (farm: Farm) => Promise<void>) =>
  onFarm(async (farm) => {
    await farm.make()
    await writeFile(farm.path('mail.mjs'), MODULE)
    const worker = startHob(['work', 'mail.mjs'], { cwd: farm.folder })
    await worker.says('mail')
    await takeAway(farm)
    const goneAtMs = performance.now()
    const { status, err } = await worker.ended
    assert.match(err, /^hob: the kitchen that was opened is gone from \S+\n[^\n]*removed, moved or replaced/m)
    assert.equal(status, 3)
    const tookMs = performance.now() - goneAtMs
    assert.ok(tookMs < NOTICED_MS, `${tookMs} ms`)
  })

test('an idle worker whose kitchen is removed ends, and says why', () =>
  isNoticed((farm) => rm(farm.path('.hob'), { recursive: true })))

test('so does one whose kitchen is moved away', () =>
  isNoticed((farm) => rename(farm.path('.hob'), farm.path('elsewhere'))))

test('so does one in whose place another kitchen comes', () =>
  isNoticed(async (farm) => {
    await rm(farm.path('.hob'), { recursive: true })
    const { status } = await hob(['send', 'mail', '1'], { cwd: farm.folder })
    assert.equal(status, 0)
  }))
