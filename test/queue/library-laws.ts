import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { z } from 'zod'
import {
  defineQueue,
  fail,
  JobFailedError,
  type JobState,
  KitchenError,
  type ListedJob,
  openKitchen,
} from '#hob/index.js'
import type { Kitchen } from '#hob/kitchen.js'
import { until } from '../support/until.js'
import { ended } from './kitchens.js'

/** An empty kitchen of a test's own: its URL, and how to be rid of it. */
export interface ScratchUrl {
  readonly url: string
  readonly dispose: () => Promise<void>
}

/** A job that waits until its signal aborts, and then throws. */
const untilAborted = ({ signal }: { readonly signal: AbortSignal }): Promise<never> =>
  new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))

/** What a kitchen's library does, on a real engine: two kitchens on one store, as two processes have them. */
export function libraryLaws(engine: string, scratch: () => Promise<ScratchUrl>): void {
  const law = (name: string, run: (here: Kitchen, there: Kitchen) => Promise<void>): void => {
    test(name, async () => {
      const { url, dispose } = await scratch()
      const [here, there] = [await openKitchen(url), await openKitchen(url)]
      try {
        await run(here, there)
      } finally {
        await Promise.all([here.close(), there.close()])
        await dispose()
      }
    })
  }

  describe(`the library on ${engine}`, () => {
    law('sends, works, and answers results and failures elsewhere', async (here, there) => {
      const sums = defineQueue({ name: 'sums', payload: z.array(z.number()), keep: { doneMs: 60_000 } })
      const jobs = await here.sendMany(sums, [[1, 2], [3], []])
      await using _ = there.work(sums, ({ payload }) => {
        return payload.length === 0 ? fail('nothing to sum') : payload.reduce((sum, each) => sum + each)
      })
      assert.deepEqual(await Promise.all(jobs.slice(0, 2).map((job) => job.result())), [3, 3])
      await assert.rejects(jobs[2]?.result() ?? Promise.resolve(), JobFailedError)
      await assert.rejects(here.result(String(jobs[0]?.id).replace(/\d+$/, '999999')), (error) => {
        return error instanceof KitchenError && error.code === 'missing'
      })
    })

    law('takes batches, with an outcome for each', async (here, there) => {
      const rows = await here.queue('rows').sendMany(['a', 'b', 'c'])
      await using _ = there
        .queue('rows')
        .workBatches((jobs) => jobs.map(({ payload }) => (payload === 'b' ? fail('odd') : `${payload}!`)))
      assert.deepEqual(
        (await Promise.allSettled(rows.map((row) => row.result()))).map((each) => {
          return each.status === 'fulfilled' ? each.value : each.reason.message
        }),
        ['a!', 'odd', 'c!'],
      )
    })

    law('lists, retries and drops single jobs, also those of other processes', async (here, there) => {
      const mail = here.queue('mail')
      const jobs = await mail.sendMany(['a', 'b', { c: 1 }])
      {
        await using _ = there.queue('mail').work(({ payload }) => (payload === 'a' ? 'sent' : fail('no such street')))
        await Promise.allSettled(jobs.map((job) => job.result()))
      }
      const ids = jobs.map(({ id }) => id)
      const listed = async (states: readonly JobState[], after?: string) => {
        const seen: ListedJob[] = []
        for await (const job of mail.jobs({ states, ...(after !== undefined && { after }) })) seen.push(job)
        return seen.map(({ id, payload, state, error, result }) => ({ id, payload, state, error, result }))
      }
      assert.deepEqual(await listed(['error', 'done']), [
        { id: ids[0], payload: 'a', state: 'done', error: null, result: 'sent' },
        { id: ids[1], payload: 'b', state: 'error', error: 'no such street', result: undefined },
        { id: ids[2], payload: { c: 1 }, state: 'error', error: 'no such street', result: undefined },
      ])
      assert.deepEqual(await listed(['error'], ids[1]), (await listed(['error'])).slice(1))
      const [done = '', failed = ''] = ids
      assert.deepEqual(
        [await there.retry(failed), await there.retry(done), await there.drop(done)],
        ['changed', 'unfit', 'changed'],
      )
      assert.deepEqual([await there.drop(done), await there.retry(done)], ['missing', 'missing'])
      assert.deepEqual(
        (await listed(['ready', 'done'])).map(({ id }) => id),
        [failed],
      )
    })

    law('cancels what waits at once, and what runs elsewhere within a second', async (here, there) => {
      const [running, waiting] = await here.queue('q').sendMany(['a', 'b'])
      await using _ = there.queue('q').work(untilAborted, { concurrency: 1 })
      await until('it runs', async () => (await here.job(String(running?.id)))?.state === 'running')
      assert.equal(await here.cancel(String(waiting?.id), 'not needed'), 'cancelled')
      const sinceMs = performance.now()
      assert.equal(await here.cancel(String(running?.id), 'too late'), 'asked')
      await assert.rejects(running?.result() ?? Promise.resolve(), /too late/)
      const tookMs = performance.now() - sinceMs
      // A quarter of a second of it may be the looks for the result.
      assert.ok(tookMs < 1_250, `${tookMs} ms`)
      assert.deepEqual(await ended(here, 'q'), [
        ['cancelled', 'too late'],
        ['cancelled', 'not needed'],
      ])
      assert.deepEqual(await here.broker.records('cancel/', { countMax: 9 }), [])
    })

    law('keeps what a handler notes, over its attempts', async (here, there) => {
      const { id, ...sent } = await here.queue('q').send('x')
      assert.ok(sent)
      await using _ = there.queue('q').work(
        ({ attempt, log, progress }) => {
          log(`attempt ${attempt}`)
          progress({ attempt })
          if (attempt === 1) throw new Error('once')
        },
        { backoff: () => 0 },
      )
      await ended(here, 'q')
      const job = await here.job(id)
      assert.deepEqual([job?.progress, job?.log.map(({ text }) => text)], [{ attempt: 2 }, ['attempt 1', 'attempt 2']])
    })

    law('goes by a policy that is changed elsewhere, and pauses', async (here, there) => {
      const queue = here.queue('q')
      let runs = 0
      await using _ = queue.work(
        () => {
          runs++
          throw new Error('always')
        },
        { attempts: 4, backoff: () => 0 },
      )
      await there.queue('q').changePolicy({ attempts: 2, keep: { errorMs: 86_400_000 } })
      const runsOfOne = async () => {
        runs = 0
        await queue.send('x')
        await ended(here, 'q')
        return runs
      }
      await until('two attempts are all', async () => (await runsOfOne()) === 2, { mostMs: 2_000 })
      assert.deepEqual(await queue.policy(), { attempts: 2, keep: { errorMs: 86_400_000 } })
      await there.queue('q').pause()
      const { id } = await queue.send('y')
      await new Promise((resolve) => setTimeout(resolve, 100))
      assert.equal((await there.job(id))?.state, 'ready')
      await there.queue('q').resume()
      await ended(here, 'q')
    })

    law('sends at a time, on its own clock', async (here) => {
      const at = new Date(Date.now() + 3_600_000)
      const { id } = await here.queue('q').send('x', { at })
      const job = await here.job(id)
      assert.equal(job?.state, 'scheduled')
      assert.ok(Math.abs((job?.dueMs ?? 0) - at.getTime()) < 2_000)
    })
  })
}
