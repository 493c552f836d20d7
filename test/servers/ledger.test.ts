import assert from 'node:assert/strict'
import { appendFile } from 'node:fs/promises'
import { test } from 'vitest'
import { type Farm, onFarm } from '../support/farm.js'
import { keptItsWord } from '../support/ledger.js'

/** A job that is done by lease 1, and written down as such. */
async function doOne(farm: Farm): Promise<string> {
  const id = await farm.look(async ({ broker }) => {
    const [result] = await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
    const [job] = await broker.take({ queue: 'q', node: 'a', countMax: 1, leaseMs: 1_000 })
    assert.ok(job)
    await broker.commit([{ settle: { job: job.id, lease: job.lease, outcome: { kind: 'done' } } }])
    return result?.sent[0]?.id ?? ''
  })
  await appendFile(farm.path('acknowledged'), `${id} 1000\n`)
  await appendFile(farm.path('settled'), `${id} 1 done done 1500 a\n`)
  return id
}

const onMadeFarm = (work: (farm: Farm) => Promise<void>): Promise<void> =>
  onFarm(async (farm) => {
    await farm.make()
    await work(farm)
  })

test('a kitchen that holds what it said has kept its word', () =>
  onMadeFarm(async (farm) => {
    await doOne(farm)
    await keptItsWord(farm)
  }))

test('an acknowledged job that is not there breaks it, unless the kitchen said that it may forget', () =>
  onMadeFarm(async (farm) => {
    await doOne(farm)
    await appendFile(farm.path('acknowledged'), '77 2000\n')
    await assert.rejects(keptItsWord(farm), /job 77 was acknowledged and is lost/)
    await keptItsWord(farm, [{ fromMs: 1_900, toMs: 2_100 }])
  }))

test('a job that was done twice breaks it', () =>
  onMadeFarm(async (farm) => {
    const id = await doOne(farm)
    await appendFile(farm.path('settled'), `${id} 2 done done 1600 b\n`)
    await assert.rejects(keptItsWord(farm), new RegExp(`'job ${id}'`))
  }))

test('an outcome that was accepted and is not there breaks it', () =>
  onMadeFarm(async (farm) => {
    await doOne(farm)
    await appendFile(farm.path('settled'), '78 5 done done 1600 b\n')
    await assert.rejects(keptItsWord(farm), /the outcome of 78 is lost/)
  }))

test('work that is left breaks it', () =>
  onMadeFarm(async (farm) => {
    await farm.look((kitchen) => kitchen.queue('q').send('left'))
    await assert.rejects(keptItsWord(farm))
  }))
