import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { Control, JobQuery, JobView } from '#hob/broker/control.js'
import { type ExtractFormat, extractOrders } from '#hob/orders/extract.js'
import { namedPayload, positionalPayload } from '#hob/orders/payload.js'
import { jobView } from '../support/views.js'

const ready: JobView = jobView({ payload: positionalPayload(['vn2']) })

const failed: JobView = {
  ...ready,
  id: '2',
  state: 'error',
  payload: namedPayload(['id', 'a'], [1, 'x "y", z']),
  attempts: 3,
  node: 'web1/88025',
  startedMs: 1_389_825_762_641,
  settledMs: 1_389_825_765_600,
  exitCode: 2,
  error: 'exit code 2\nno such file',
}

/** The part of Control that an extract uses, over jobs that stand still. */
function controlOf(jobs: readonly JobView[], queries: JobQuery[] = []): Control {
  const control: Pick<Control, 'jobs'> = {
    async jobs(query) {
      queries.push(query)
      const later = jobs.filter(({ id }) => query.after === undefined || Number(id) > Number(query.after))
      return later.filter(({ state }) => query.states?.includes(state) ?? true).slice(0, query.countMax)
    },
  }
  return control as Control
}

async function joined(pieces: AsyncIterable<string>): Promise<string> {
  let text = ''
  for await (const piece of pieces) text += piece
  return text
}

async function extract(jobs: readonly JobView[], format: ExtractFormat): Promise<string> {
  return joined(extractOrders(controlOf(jobs), { queue: 'q', format }))
}

describe('an extract', () => {
  test('is CSV with the arguments as a JSON array', async () => {
    assert.equal(
      await extract([ready, failed], 'csv'),
      '_id,status,waiter,start,stop,arguments,error,attempts,exit_code\n' +
        '1,READY,,,,"[""vn2""]",,0,\n' +
        '2,ERROR,web1/88025,1389825762.641,1389825765.600,"[""1"",""x \\""y\\"", z""]","exit code 2\nno such file",3,2\n',
    )
    assert.equal(await extract([], 'csv'), '_id,status,waiter,start,stop,arguments,error,attempts,exit_code\n')
  })

  test('is one JSON array, or JSON lines', async () => {
    const rows = [
      {
        _id: '1',
        status: 'READY',
        waiter: null,
        start: null,
        stop: null,
        arguments: ['vn2'],
        error: null,
        attempts: 0,
        exit_code: null,
      },
      {
        _id: '2',
        status: 'ERROR',
        waiter: 'web1/88025',
        start: 1389825762.641,
        stop: 1389825765.6,
        arguments: ['1', 'x "y", z'],
        names: ['id', 'a'],
        error: 'exit code 2\nno such file',
        attempts: 3,
        exit_code: 2,
      },
    ]
    assert.deepEqual(JSON.parse(await extract([ready, failed], 'json')), rows)
    const lines = await extract([ready, failed], 'jsonl')
    assert.deepEqual(
      lines.split('\n').map((line) => line && JSON.parse(line)),
      [...rows, ''],
    )
    assert.deepEqual(JSON.parse(await extract([], 'json')), [])
    assert.equal(await extract([], 'jsonl'), '')
  })

  test('comes in pages: many of short orders, few of long ones', async () => {
    const many = (payload: string): readonly JobView[] =>
      Array.from({ length: 3_000 }, (_, at) => ({ ...ready, id: String(at + 1), payload }))
    const sizes = async (payload: string): Promise<readonly number[]> => {
      const queries: JobQuery[] = []
      const control = controlOf(many(payload), queries)
      const options = { queue: 'q', states: ['ready'], format: 'json' } as const
      const text = await joined(extractOrders(control, options))
      assert.equal(JSON.parse(text).length, 3_000)
      assert.deepEqual(queries[1], { queue: 'q', states: ['ready'], after: '50', countMax: queries[1]?.countMax })
      return queries.map(({ countMax }) => countMax)
    }
    assert.deepEqual(await sizes('["a"]'), [50, 1_000, 1_000, 1_000, 1_000])
    const [, second] = await sizes(positionalPayload(['x'.repeat(20_000)]))
    assert.ok(second && second > 100 && second < 300, String(second))
  })
})
