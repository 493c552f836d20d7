import assert from 'node:assert/strict'
import { test } from 'vitest'
import { isLost, isOvertaken, isTransient, kitchenError } from '#hob/broker/postgres/errors.js'
import { KitchenError } from '#hob/core/errors.js'

const withCode = (code: string): Error => Object.assign(new Error('words that nobody reads'), { code })

test('what the server and the network report becomes what a person can act on, by its code', () => {
  const expected = {
    '53300': 'busy',
    '53100': 'full',
    '57P01': 'unreachable',
    '57P03': 'unreachable',
    '57014': 'unreachable',
    '08006': 'unreachable',
    '28P01': 'denied',
    '42501': 'denied',
    '25006': 'denied',
    '3D000': 'missing',
    XX001: 'corrupt',
    '22P02': 'fault',
    ECONNREFUSED: 'unreachable',
    ETIMEDOUT: 'unreachable',
  }
  for (const [code, kind] of Object.entries(expected)) {
    const error = kitchenError(withCode(code), 'db:5432/jobs')
    assert.ok(error instanceof KitchenError)
    assert.deepEqual([code, error.code], [code, kind])
    assert.match(error.message, /db:5432\/jobs/)
    assert.ok(error.hint)
  }
  const own = new KitchenError('missing', 'nothing here')
  assert.equal(kitchenError(own, 'db'), own)
  assert.equal((kitchenError(new Error('Connection terminated'), 'db') as KitchenError).code, 'unreachable')
})

test('only what took no effect is tried again, and only on a connection that lives', () => {
  for (const code of ['40P01', '40001']) assert.ok(isTransient(withCode(code)) && isOvertaken(withCode(code)))
  for (const code of ['23505', 'HOB01']) assert.ok(!isTransient(withCode(code)) && isOvertaken(withCode(code)))
  for (const code of ['57P01', '08006', 'ECONNRESET']) assert.ok(isLost(withCode(code)) && !isOvertaken(withCode(code)))
  for (const code of ['22P02', '40P01']) assert.ok(!isLost(withCode(code)))
})
