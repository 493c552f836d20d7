import assert from 'node:assert/strict'
import { mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import Sqlite from 'better-sqlite3'
import { test } from 'vitest'
import { type Kitchen, openKitchen } from '#hob/index.js'

/** A look at the file may be as old as this. */
const LOOK_MS = 1_100

const GONE = {
  name: 'KitchenError',
  code: 'missing',
  message: /^the kitchen that was opened is gone from .*hob\.db$/,
  hint: /removed, moved or replaced/,
}

/** Gives a test a kitchen with one job in a folder of its own. */
async function withKitchen(work: (at: { kitchen: Kitchen; folder: string; file: string }) => Promise<void>) {
  const parent = mkdtempSync(join(tmpdir(), 'hob-gone-'))
  const folder = join(parent, '.hob')
  const file = join(folder, 'hob.db')
  try {
    await using kitchen = await openKitchen(`sqlite:${file}`)
    await kitchen.queue('q').send('kept')
    await work({ kitchen, folder, file })
  } finally {
    rmSync(parent, { recursive: true, force: true })
  }
}

/** Nothing is acknowledged, read or counted any more. */
async function isGone(kitchen: Kitchen): Promise<void> {
  await sleep(LOOK_MS)
  await assert.rejects(kitchen.queue('q').send('lost'), GONE)
  await assert.rejects(kitchen.broker.queues(), GONE)
  await assert.rejects(kitchen.job('1'), GONE)
}

test('a kitchen whose folder was removed is told as gone, by its figures as well', () =>
  withKitchen(async ({ kitchen, folder }) => {
    const metrics = await kitchen.metrics()
    assert.match(await metrics.text(), /^hob_store_up 1$/m)
    rmSync(folder, { recursive: true })
    await isGone(kitchen)
    assert.match(await metrics.text(), /^hob_store_up 0$/m)
  }))

test('a kitchen that was replaced is not taken for the one that stands there now', () =>
  withKitchen(async ({ kitchen, folder, file }) => {
    rmSync(folder, { recursive: true })
    await using next = await openKitchen(`sqlite:${file}`)
    await next.queue('q').send('of the next')
    await isGone(kitchen)
    // Nor does its end take the log of the next one with it.
    await kitchen.close()
    await using again = await openKitchen(`sqlite:${file}`)
    const [{ counts } = assert.fail()] = await again.broker.queues()
    assert.equal(counts.ready, 1)
  }))

test('a kitchen that was moved away is told as gone, and goes on when it is back', () =>
  withKitchen(async ({ kitchen, folder }) => {
    renameSync(folder, `${folder}-away`)
    await isGone(kitchen)
    renameSync(`${folder}-away`, folder)
    const { id } = await kitchen.queue('q').send('again')
    assert.equal(id, '2')
  }))

test('no job goes into a transaction on a file that is gone', () =>
  withKitchen(async ({ kitchen, folder, file }) => {
    const handle = new Sqlite(file)
    try {
      handle.exec('BEGIN IMMEDIATE; ROLLBACK')
      rmSync(folder, { recursive: true })
      await sleep(LOOK_MS)
      handle.exec('BEGIN IMMEDIATE')
      await assert.rejects(kitchen.queue('q').send('lost', { transaction: handle }), GONE)
    } finally {
      handle.close()
    }
  }))

test('workers end with that fault, the idle ones too', () =>
  withKitchen(async ({ kitchen, folder }) => {
    let [begin, finish] = [() => {}, () => {}]
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    const handled = new Promise<void>((resolve) => {
      finish = resolve
    })
    const busy = kitchen.queue('q').work(
      async () => {
        begin()
        await handled
      },
      { onFault: () => {} },
    )
    const idle = kitchen.queue('idle').work(() => {}, { onFault: () => {} })
    await begun
    const ended = Promise.all([assert.rejects(busy.finished, GONE), assert.rejects(idle.finished, GONE)])
    rmSync(folder, { recursive: true })
    await sleep(LOOK_MS)
    finish()
    await ended
  }))
