import assert from 'node:assert/strict'
import { inspect } from 'node:util'
import { test } from 'vitest'
import { ArgumentError, HobError, KitchenError, LeaseLostError } from '#hob/core/errors.js'

test('an error is of its class and of those above it, and of no other', () => {
  const error = new KitchenError('full', 'no room')
  assert.ok(error instanceof KitchenError && error instanceof HobError && error instanceof Error)
  assert.ok(!(error instanceof ArgumentError) && !(error instanceof LeaseLostError))
  for (const value of [null, undefined, 'x', {}, new Error('x'), new TypeError('x')])
    assert.ok(!(value instanceof HobError))
})

test('an error without a hint has none to show', () => {
  assert.equal(new KitchenError('full', 'no room').hint, undefined)
  assert.doesNotMatch(inspect(new KitchenError('full', 'no room')), /hint/)
  assert.match(inspect(new KitchenError('full', 'no room', { hint: 'Make some.' })), /hint: 'Make some\.'/)
})

test('an error of another copy of the package is of the same class', async () => {
  // A copy as the command line has one beside the library: the same module, loaded twice.
  const url = new URL('../../dist/core/errors.js', import.meta.url)
  const copy: typeof import('#hob/core/errors.js') = await import(`${url.href}?copy`)
  assert.notEqual(copy.KitchenError, KitchenError)
  const error: unknown = new copy.KitchenError('full', 'no room')
  assert.ok(error instanceof KitchenError && error instanceof HobError)
  assert.ok(!(error instanceof ArgumentError))
})
