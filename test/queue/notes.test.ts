import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { type Handler, openKitchen, snooze } from '#hob/index.js'
import type { Kitchen } from '#hob/kitchen.js'
import { readNotes } from '#hob/queue/notes.js'
import { until } from '../support/until.js'
import { ended, sharedKitchens } from './kitchens.js'

/** Runs one job to its end; answers the kitchen and the job's id. */
async function ran(handler: Handler, options: object = {}): Promise<readonly [Kitchen, string]> {
  const kitchen = await openKitchen('memory:')
  const { id } = await kitchen.queue('q').send('x')
  await using _ = kitchen.queue('q').work(handler, { attempts: 1, ...options })
  await ended(kitchen, 'q')
  return [kitchen, id]
}

describe('what a handler notes', () => {
  test('is kept with its job, put together with the outcome', async () => {
    const [kitchen, id] = await ran(({ log, progress }) => {
      log('begun')
      progress({ done: 1, of: 2 })
      log('ended')
      return 'well'
    })
    const job = await kitchen.job(id)
    assert.deepEqual([job?.state, job?.result, job?.progress], ['done', 'well', { done: 1, of: 2 }])
    assert.deepEqual(
      job?.log.map(({ text }) => text),
      ['begun', 'ended'],
    )
    assert.ok(Math.abs(Date.now() - (job?.log[0]?.atMs ?? 0)) < 60_000)
  })

  test('is there within seconds while the job runs, for any process', async () => {
    const [kitchen, other] = sharedKitchens()
    const { id } = await kitchen.queue('q').send('x')
    let end = () => {}
    await using _ = kitchen.queue('q').work(async (job) => {
      job.log('working')
      await new Promise<void>((resolve) => {
        end = resolve
      })
    })
    const job = await until(
      'the line is there',
      async () => {
        const seen = await other.job(id)
        return seen?.log.length === 1 && seen
      },
      { mostMs: 5_000 },
    )
    assert.equal(job.state, 'running')
    end()
  })

  test('is put once a second at most, however often it notes', async () => {
    const kitchen = await openKitchen('memory:')
    const puts: string[] = []
    const { commit } = kitchen.broker
    kitchen.broker.commit = (steps) => {
      for (const { put = [] } of steps) puts.push(...put.map(({ key }) => key).filter((key) => key.startsWith('note/')))
      return commit.call(kitchen.broker, steps)
    }
    await kitchen.queue('q').send('x')
    await using _ = kitchen.queue('q').work(async ({ progress }) => {
      for (let n = 0; n < 120; n++) {
        progress(n)
        await new Promise((resolve) => setTimeout(resolve, 10))
      }
    })
    await ended(kitchen, 'q')
    assert.ok(puts.length >= 2 && puts.length <= 3, `${puts.length} puts`)
  })

  test('goes on where an earlier attempt ended', async () => {
    let runs = 0
    const [kitchen, id] = await ran(
      ({ log, progress }) => {
        log(`run ${++runs}`)
        if (runs === 1) progress('half')
        if (runs === 2) return snooze({ inMs: 0 })
        if (runs < 4) throw new Error('again')
      },
      { attempts: 5, backoff: () => 0 },
    )
    const job = await kitchen.job(id)
    assert.deepEqual(
      job?.log.map(({ text }) => text),
      ['run 1', 'run 2', 'run 3', 'run 4'],
    )
    assert.equal(job?.progress, 'half')
  })

  test('is capped: the newest lines stay, and it is told how many went', async () => {
    const [kitchen, id] = await ran(({ log }) => {
      for (let n = 0; n < 3_000; n++) log(`line ${n} ${'x'.repeat(60)}`)
    })
    const notes = await readNotes(kitchen.broker, id)
    assert.ok(notes)
    assert.ok(JSON.stringify(notes.log).length <= 64 * 1024)
    assert.ok(notes.log.length > 400)
    assert.match(notes.log.at(-1)?.text ?? '', /^line 2999 /)
    assert.equal(notes.log.length + notes.droppedCount, 3_000)
  })

  test('of a line over 4 KiB its end is kept', async () => {
    const [kitchen, id] = await ran(({ log }) => log(`${'x'.repeat(10_000)} the end`))
    const line = (await kitchen.job(id))?.log[0]?.text ?? ''
    assert.ok(line.length === 4_096 && line.endsWith('x the end'))
  })

  const faults: readonly (readonly [name: string, handler: Handler, says: RegExp])[] = [
    ['a line that is no text', ({ log }) => log(7 as unknown as string), /a log line is a text, not a number/],
    [
      'a progress that JSON cannot hold',
      ({ progress }) => progress(1n as unknown as number),
      /JSON cannot hold this progress/,
    ],
    ['no progress', ({ progress }) => progress(undefined as unknown as number), /a progress of type undefined/],
    ['a progress over 16 KiB', ({ progress }) => progress('x'.repeat(17_000)), /a progress has at most 16,384 bytes/],
  ]
  for (const [name, handler, says] of faults) {
    test(`${name} is an error in the handler, which fails by it unless it catches it`, async () => {
      const [kitchen, id] = await ran(handler)
      const job = await kitchen.job(id)
      assert.equal(job?.state, 'error')
      assert.match(job?.error ?? '', says)
    })
  }

  test('costs nothing where nothing is noted', async () => {
    const [kitchen] = await ran(() => 'quiet')
    assert.deepEqual(await kitchen.broker.records('note/', { countMax: 9 }), [])
  })

  test('is not kept once the job is over', async () => {
    let late = (): void => {}
    const [kitchen, id] = await ran((job) => {
      late = () => job.log('late')
    })
    late()
    // Longer than notes wait to be put.
    await new Promise((resolve) => setTimeout(resolve, 1_200))
    assert.deepEqual((await kitchen.job(id))?.log, [])
  })
})

test('a job that there is not has no story', async () => {
  await using kitchen = await openKitchen('memory:')
  assert.equal(await kitchen.job('4711'), undefined)
})
