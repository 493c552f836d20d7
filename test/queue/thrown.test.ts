import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { type AttemptEnd, openKitchen } from '#hob/index.js'
import { errorText, stackText } from '#hob/queue/thrown.js'

const HERE = import.meta.filename

/** Two functions deep, as in a handler of a user's. */
const inner = (value: unknown): unknown => (value as { foo: { bar: unknown } }).foo.bar
const outer = (): unknown => inner({})

/** A handler that fails in them, for a cause. */
async function failing(): Promise<never> {
  try {
    return outer() as never
  } catch (cause) {
    throw new Error('', { cause })
  }
}

describe('what was thrown is kept with its attempt', () => {
  test('where, and by what it was caused; its error is one line', async () => {
    await using kitchen = await openKitchen('memory:')
    const { id } = await kitchen.queue('q').send('x')
    const ends: AttemptEnd[] = []
    await using worker = kitchen
      .queue('q')
      .work(failing, { attempts: 2, backoff: () => 0, onEnd: (end) => ends.push(end) })
    await kitchen.result(id).catch(() => {})
    const job = await kitchen.job(id)
    const [first] = job?.history ?? []
    assert.deepEqual(job?.error, "Error: Cannot read properties of undefined (reading 'bar')")
    const lines = first?.output?.split('\n') ?? []
    assert.match(lines[0] ?? '', /^at failing \(.*thrown\.test\.ts:\d+:\d+\)$/)
    assert.equal(lines[1], "caused by TypeError: Cannot read properties of undefined (reading 'bar')")
    assert.match(lines[2] ?? '', /^at inner \(/)
    assert.match(lines[3] ?? '', /^at outer \(/)
    assert.ok(
      lines.every((line) => line.startsWith('caused by ') || line.includes(HERE)),
      lines.join('\n'),
    )
    // Who waits for the result may hear of it before the worker has told of the attempt.
    await worker.stop()
    assert.deepEqual(
      ends.map(({ stack }) => stack),
      job?.history.map(({ output }) => output),
    )
  })

  test('also by a batch, and by a marble', async () => {
    await using kitchen = await openKitchen('memory:')
    const batch = await kitchen.queue('b').send('x')
    await using worker = kitchen.queue('b').workBatches(() => [new Error('wrong')], { attempts: 1, waitMs: 0 })
    assert.ok(worker)
    await kitchen.result(batch.id).catch(() => {})
    await using marble = kitchen.marble({ attempts: 1 })
    const { id } = await kitchen.queue('m').send('x')
    await marble.wait('m')
    await failing().catch((error) => marble.fail(error))
    for (const each of [batch.id, id]) {
      assert.ok((await kitchen.job(each))?.history[0]?.output?.includes(HERE), `job ${each}`)
    }
  })
})

describe('what was thrown, on one line', () => {
  const circle: { self?: unknown } = {}
  circle.self = circle
  const cases: readonly (readonly [thrown: unknown, text: string])[] = [
    [new TypeError('no'), 'TypeError: no'],
    [new Error('', { cause: new TypeError('deep') }), 'Error: deep'],
    [new Error('', { cause: 'a text' }), 'Error: a text'],
    [new AggregateError([new Error('first'), new Error('second')]), 'AggregateError: first'],
    [new Error(''), 'Error: '],
    ['a text', 'a text'],
    [undefined, 'undefined'],
    [7n, '7'],
    [{ code: 5, list: [1] }, '{"code":5,"list":[1]}'],
    [circle, '<ref *1> { self: [Circular *1] }'],
    [new Map([['a', 1]]), "Map(1) { 'a' => 1 }"],
    [Object.create(null), '[Object: null prototype] {}'],
  ]
  for (const [thrown, text] of cases) {
    test(text === '' ? 'nothing' : text, () => assert.equal(errorText(thrown), text))
  }

  test('is shown at all costs, and at most 1,000 characters of what is no error', () => {
    const hostile = Object.defineProperty(new Error('x'), 'message', {
      get: () => {
        throw new Error('no')
      },
    })
    assert.equal(errorText(hostile), 'what was thrown cannot be shown')
    assert.equal(errorText(['x'.repeat(5_000)]).length, 1_000)
  })
})

describe('a stack', () => {
  test('of what is no error, or has none, is nothing', () => {
    assert.equal(stackText({ stack: 'x' }), undefined)
    assert.equal(stackText(Object.assign(new Error('x'), { stack: undefined })), undefined)
  })

  test('of causes that go round, or are many, ends', () => {
    const round = new Error('round')
    round.cause = round
    assert.equal(stackText(round)?.split('caused by').length, 6)
    const many = new AggregateError(Array.from({ length: 500 }, (_, at) => new Error(`${at} ${'x'.repeat(200)}`)))
    assert.ok(Buffer.byteLength(stackText(many) ?? '') <= 4_096)
    assert.match(stackText(many) ?? '', /^at .*\n[\s\S]*caused by Error: 0 x/)
  })
})
