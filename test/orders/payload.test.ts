import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { namedPayload, parseOrder, positionalPayload } from '#hob/orders/payload.js'

describe('a payload', () => {
  test('holds arguments without names', () => {
    const order = parseOrder(positionalPayload(['a', '', '-rf', 'é\n']))
    assert.deepEqual(order, { values: ['a', '', '-rf', 'é\n'], names: null, stdin: '["a","","-rf","é\\n"]' })
  })

  test('keeps columns in order, whatever their names', () => {
    const order = parseOrder(namedPayload(['b', '2019', '__proto__', '1'], ['x', 'y', 'z', '']))
    assert.deepEqual(order.names, ['b', '2019', '__proto__', '1'])
    assert.deepEqual(order.values, ['x', 'y', 'z', ''])
    assert.equal(order.stdin, '{"b":"x","2019":"y","__proto__":"z","1":""}')
  })

  test('makes an argument of any value', () => {
    const { values } = parseOrder('["1",1,1.5,true,null,{"a":[1]},[]]')
    assert.deepEqual(values, ['1', '1', '1.5', 'true', '', '{"a":[1]}', '[]'])
  })

  test('takes an object that a program sent by its members, in the order of its text', () => {
    const text = '{"b":1,"10":"x","__proto__":{"c":"\\"}"},"9":null,"b":2}'
    const order = parseOrder(text)
    assert.deepEqual(order.names, ['b', '10', '__proto__', '9'])
    assert.deepEqual(order.values, ['2', 'x', '{"c":"\\"}"}', ''])
    assert.equal(order.stdin, text)
  })

  test('does not take an object for a named order unless it is one', () => {
    assert.deepEqual(parseOrder('{"names":["a"],"values":[1,2]}').names, ['names', 'values'])
    assert.deepEqual(parseOrder('{"names":[1],"values":[1]}').names, ['names', 'values'])
    assert.deepEqual(parseOrder('{"names":["a"],"values":[1],"more":1}').names, ['names', 'values', 'more'])
  })

  test('is one argument when it is a single value', () => {
    assert.deepEqual(parseOrder('"a b"'), { values: ['a b'], names: null, stdin: '"a b"' })
    assert.deepEqual(parseOrder('null').values, [''])
    assert.deepEqual(parseOrder('7').values, ['7'])
  })

  test('comes back as it was made', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(fc.tuple(fc.string({ unit: 'binary' }), fc.string()), { selector: ([name]) => name }),
        (row) => {
          const names = row.map(([name]) => name)
          const values = row.map(([, value]) => value)
          const order = parseOrder(namedPayload(names, values))
          assert.deepEqual(order.names, names)
          assert.deepEqual(order.values, values)
          assert.deepEqual(new Map(Object.entries(JSON.parse(order.stdin))), new Map(row))
          // The same row, sent by a program as an object.
          assert.deepEqual(parseOrder(order.stdin).names, names)
        },
      ),
    )
  })
})
