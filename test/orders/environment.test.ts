import assert from 'node:assert/strict'
import { test } from 'vitest'
import { orderEnvironment } from '#hob/orders/environment.js'
import { namedPayload, parseOrder, positionalPayload } from '#hob/orders/payload.js'

const attempt = { id: '17', attempt: 2, queue: 'crunch' }
const own = { HOB_ORDER_ID: '17', HOB_ATTEMPT: '2', HOB_QUEUE: 'crunch' }

test('a command knows its order, attempt and queue', () => {
  assert.deepEqual(orderEnvironment(attempt, parseOrder(positionalPayload(['a']))), own)
})

test('named columns are variables; the first of those that fall together wins', () => {
  const names = ['name', 'first-name', 'First Name', 'é', '__proto__']
  const order = parseOrder(namedPayload(names, ['a', 'b', 'c', '', 'd']))
  assert.deepEqual(orderEnvironment(attempt, order), {
    ...own,
    HOB_ARG_NAME: 'a',
    HOB_ARG_FIRST_NAME: 'b',
    HOB_ARG__: '',
    HOB_ARG___PROTO__: 'd',
  })
})

test('a value that would keep the command from starting has no variable', () => {
  const order = parseOrder(namedPayload(['long', 'nul', 'ok'], ['x'.repeat(131_072), 'a\0', 'y']))
  assert.deepEqual(orderEnvironment(attempt, order), { ...own, HOB_ARG_OK: 'y' })
})
