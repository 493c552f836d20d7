import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { ArgumentError, KitchenError } from '#hob/core/errors.js'
import { type LoadOptions, loadOrders } from '#hob/orders/load.js'
import { type LoadCount, LoadError } from '#hob/orders/load-error.js'
import { type ReadOptions, readRows } from '#hob/orders/rows/read-rows.js'
import type { BadRow } from '#hob/orders/rows/row.js'
import { ScratchStore } from './scratch-store.js'

async function* chunks(...texts: readonly string[]): AsyncGenerator<Buffer> {
  for (const text of texts) yield Buffer.from(text)
}

type Loading = Partial<LoadOptions> & { readonly read?: ReadOptions }

/** Loads a text as `orders.csv`. */
function load(
  store: ScratchStore,
  text: string,
  { read = { format: 'csv' }, ...options }: Loading = {},
): Promise<LoadCount> {
  return loadOrders(store, { name: 'orders.csv', rows: readRows(chunks(text), read) }, { queue: 'q', ...options })
}

/** The error that a load ends with. */
async function errorOf(loading: Promise<LoadCount>): Promise<LoadError> {
  const error = await loading.then(
    () => assert.fail('it loaded all'),
    (cause: unknown) => cause,
  )
  assert.ok(error instanceof LoadError, String(error))
  return error
}

const numbered = (count: number): string => Array.from({ length: count }, (_, at) => `row ${at + 1}\n`).join('')
const payloads = (store: ScratchStore): readonly string[] => store.jobs.map(({ payload }) => payload)

describe('loading', () => {
  test('sends each row in order, in batches, with what all share', async () => {
    const store = new ScratchStore()
    const seen: LoadCount[] = []
    const options = { priority: 5, delayMs: 1_000, attemptsMax: 2, onProgress: (count: LoadCount) => seen.push(count) }
    assert.deepEqual(await load(store, numbered(5_001), options), {
      loaded: 5_001,
      alreadyThere: 0,
      bad: 0,
      lastLine: 5_001,
    })
    assert.deepEqual(store.sizes, [2_000, 2_000, 1_001])
    assert.deepEqual(store.jobs[0], { queue: 'q', priority: 5, delayMs: 1_000, attemptsMax: 2, payload: '["row 1"]' })
    assert.deepEqual(store.jobs[5_000]?.payload, '["row 5001"]')
    assert.deepEqual(
      seen.map(({ loaded }) => loaded),
      [2_000, 4_000, 5_001],
    )
  })

  test('sends what trickles in without waiting for a batch to fill', async () => {
    const store = new ScratchStore()
    let loaded = (): void => {}
    const first = new Promise<void>((resolve) => {
      loaded = resolve
    })
    async function* trickle(): AsyncGenerator<Buffer> {
      yield Buffer.from('a\n')
      await first
      yield Buffer.from('b\n')
    }
    const rows = readRows(trickle(), { format: 'lines' })
    await loadOrders(store, { name: '-', rows }, { queue: 'q', onProgress: () => loaded() })
    assert.deepEqual(payloads(store), ['["a"]', '["b"]'])
  })

  test('keeps a batch of long rows small', async () => {
    const store = new ScratchStore()
    await load(store, `${'x'.repeat(3 << 20)}\n`.repeat(7), { read: { format: 'lines' } })
    assert.deepEqual(store.sizes, [3, 3, 1])
  })

  test('has nothing to do for an empty file', async () => {
    const count = await load(new ScratchStore(), 'a,b\n', { read: { format: 'csv', header: true } })
    assert.deepEqual(count, { loaded: 0, alreadyThere: 0, bad: 0, lastLine: 0 })
  })

  test('goes on from a line, and still reads the header', async () => {
    const store = new ScratchStore()
    const count = await load(store, 'h\n1\n"2\n2"\n3\n', { read: { format: 'csv', header: true }, fromLine: 4 })
    assert.deepEqual(payloads(store), ['{"names":["h"],"values":["3"]}'])
    assert.deepEqual(count, { loaded: 1, alreadyThere: 0, bad: 0, lastLine: 5 })
  })
})

describe('a bad row', () => {
  const text = `${numbered(2_005)}"bad\n${numbered(3)}`

  test('ends the load after all rows before it, and says how to go on', async () => {
    const store = new ScratchStore()
    const error = await errorOf(load(store, text))
    assert.equal(error.code, 'bad-row')
    assert.match(error.message, /^orders\.csv:2006: wrong quotes/)
    assert.equal(
      error.hint,
      '2005 orders were loaded. Mend line 2006 and run the same command with --from-line 2006, ' +
        'or use --skip-bad FILE to set bad rows aside.',
    )
    assert.equal(store.jobs.length, 2_005)

    const mended = await load(store, text.replace('"bad', 'good'), { fromLine: 2_006 })
    assert.equal(mended.loaded, 4)
    assert.equal(store.jobs.length, 2_009)
    assert.equal(store.jobs[2_005]?.payload, '["good"]')
  })

  test('is set aside when asked', async () => {
    const aside: BadRow[] = []
    const store = new ScratchStore()
    const count = await load(store, 'a,b\n1\n2,3\n"4\n', {
      read: { format: 'csv', header: true },
      skipBad: async (row) => void aside.push(row),
    })
    assert.deepEqual(count, { loaded: 1, alreadyThere: 0, bad: 2, lastLine: 4 })
    assert.deepEqual(
      aside.map(({ line, raw }) => [line, raw]),
      [
        [2, '1'],
        [4, '"4'],
      ],
    )
  })

  test('that cannot be set aside stops the load, and nothing of its batch is sent', async () => {
    const store = new ScratchStore()
    const cause = new Error('no room')
    const error = await errorOf(load(store, '1\n"2"x\n3\n', { skipBad: () => Promise.reject(cause) }))
    assert.equal(error.message, 'orders.csv: stopped after line 0: no room')
    assert.equal(error.hint, '0 orders were loaded. To go on, run the same command with --from-line 1.')
    assert.equal(error.cause, cause)
    assert.equal(store.jobs.length, 0)
  })
})

describe('a key', () => {
  const header: ReadOptions = { format: 'csv', header: true }

  test('by row makes loading safe to repeat', async () => {
    const store = new ScratchStore()
    const first = await load(store, 'a,b\nc\na,b\n', { key: 'row' })
    assert.deepEqual([first.loaded, first.alreadyThere], [2, 1])
    const again = await load(store, 'd\na,b\nc\n', { key: 'row' })
    assert.deepEqual([again.loaded, again.alreadyThere], [1, 2])
    assert.match(store.jobs[0]?.key ?? '', /^[\w-]{22}$/)
    assert.equal(store.jobs[0]?.keyScope, 'kept')
  })

  test('by column is its value, named or numbered', async () => {
    const store = new ScratchStore()
    await load(store, 'id,x\n7,a\n8,b\n7,c\n', { key: { column: 'id' }, read: header })
    assert.deepEqual(
      store.jobs.map(({ key }) => key),
      ['7', '8'],
    )
    await load(store, 'a,9\n', { key: { column: '2' } })
    assert.equal(store.jobs[2]?.key, '9')
  })

  test('by a column that does not exist is refused at once', async () => {
    const refused = { name: 'ArgumentError', message: "orders.csv: there is no column 'idd' to be the key" }
    const store = new ScratchStore()
    await assert.rejects(load(store, 'id,x\n7,a\n', { key: { column: 'idd' }, read: header }), {
      ...refused,
      hint: 'The columns are: id, x.',
    })
    await assert.rejects(load(store, '7,a\n', { key: { column: 'idd' } }), {
      ...refused,
      hint: 'The columns are: numbers from 1 to 2, as they have no names.',
    })
    assert.equal(store.jobs.length, 0)
  })

  test('makes a row without it bad', async () => {
    const store = new ScratchStore()
    const empty = await errorOf(load(store, 'id,x\n7,a\n,b\n', { key: { column: 'id' }, read: header }))
    assert.equal(empty.message, "orders.csv:3: column 'id' is empty, so it cannot be the key")
    assert.match(empty.hint ?? '', /^1 order was loaded\. Mend line 3 and run the same command again, or/)
    const rows = '{"id":1}\n{"x":2}\n'
    const missing = await errorOf(load(store, rows, { key: { column: 'id' }, read: { format: 'jsonl' } }))
    assert.equal(missing.message, "orders.csv:2: no column 'id' for the key")
  })

  test('that no store would take makes its row bad, and no other', async () => {
    const aside: number[] = []
    const bad = ['x'.repeat(1_001), 'a\0b', '\ud800']
    const rows = ['good', ...bad, 'x'.repeat(1_000), 'line\nend'].map((id) => `${JSON.stringify({ id })}\n`).join('')
    const options = { key: { column: 'id' }, read: { format: 'jsonl' } } as const
    const error = await errorOf(load(new ScratchStore(), rows, options))
    assert.match(error.message, /^orders\.csv:2: column 'id' cannot be the key: it must have 1 to 1000 characters/)
    const store = new ScratchStore()
    const count = await load(store, rows, { ...options, skipBad: async ({ line }) => void aside.push(line) })
    assert.deepEqual([count.loaded, aside], [3, [2, 3, 4]])
  })
})

describe('a fault', () => {
  test('of the store says what is safe', async () => {
    const store = new ScratchStore()
    store.before = () => {
      if (store.sizes.length === 2) throw new KitchenError('full', 'the disk is full', { hint: 'Make room.' })
    }
    const error = await errorOf(load(store, numbered(9_000)))
    assert.equal(error.code, 'stopped')
    assert.equal(error.message, 'orders.csv: stopped after line 4000: the disk is full')
    assert.equal(
      error.hint,
      'Make room. 4000 orders were loaded. To go on, run the same command with --from-line 4001.',
    )
    assert.ok(error.cause instanceof KitchenError)
    assert.equal(error.count.loaded, store.jobs.length)
  })

  test('of the store that leaves a batch in doubt says so', async () => {
    const store = new ScratchStore()
    store.before = () => {
      if (store.sizes.length === 1) throw new KitchenError('unreachable', 'the connection broke')
    }
    const error = await errorOf(load(store, numbered(5_000), { key: 'row' }))
    assert.equal(
      error.hint,
      '2000 orders were loaded. Whether lines 2001 to 4000 were loaded as well is unknown. ' +
        'To go on, run the same command again: what is there is skipped.',
    )
  })

  test('of the source comes after what was read', async () => {
    async function* broken(): AsyncGenerator<Buffer> {
      yield Buffer.from('a\nb\n')
      throw new Error('EIO: i/o error, read')
    }
    const store = new ScratchStore()
    const rows = readRows(broken(), { format: 'lines' })
    const error = await errorOf(loadOrders(store, { name: 'x.txt', rows }, { queue: 'q' }))
    assert.equal(error.message, 'x.txt: stopped after line 2: EIO: i/o error, read')
    assert.equal(store.jobs.length, 2)
  })

  test('that the caller made is told as such', async () => {
    const store = new ScratchStore()
    store.before = () => {
      throw new ArgumentError('priority must be a whole number')
    }
    await assert.rejects(load(store, '1\n'), { name: 'ArgumentError', message: 'priority must be a whole number' })
    await assert.rejects(load(store, 'a,a\n', { read: { format: 'csv', header: true } }), {
      name: 'ArgumentError',
      message: "orders.csv: line 1: the header names more than one column 'a'",
    })
  })

  test('is an interruption, too: what was read is sent, and the source is let go', async () => {
    const abort = new AbortController()
    let isLetGo = false
    async function* endless(): AsyncGenerator<Buffer> {
      try {
        yield Buffer.from('a\nb\n')
        abort.abort()
        for (;;) yield Buffer.from('c\n')
      } finally {
        isLetGo = true
      }
    }
    const store = new ScratchStore()
    const rows = readRows(endless(), { format: 'lines' })
    const error = await errorOf(loadOrders(store, { name: '-', rows }, { queue: 'q', signal: abort.signal }))
    assert.equal(error.message, '-: stopped after line 3: interrupted')
    assert.equal(error.hint, '3 orders were loaded. To go on, run the same command with --from-line 4.')
    assert.deepEqual(payloads(store), ['["a"]', '["b"]', '["c"]'])
    assert.ok(isLetGo)
  })
})
