import assert from 'node:assert/strict'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { exactJson, fromExactJson } from '#hob/rule/kept/exact-json.js'

const again = (value: unknown): unknown => fromExactJson(exactJson(value))

describe('exact JSON', () => {
  test('is read as what was written, whatever JSON has', () =>
    fc.assert(
      fc.property(fc.json({ stringUnit: 'binary' }), (json) =>
        assert.deepEqual(again(JSON.parse(json)), JSON.parse(json)),
      ),
    ))

  test.each([
    '-0',
    '[0,-0,{"a":-0}]',
    '1e400',
    '[-1e400,1e23,5e-324]',
    '"\\ud800\\u0000"',
    '{"__proto__":{"toString":1},"2":1,"1":2}',
    '"\uFEFF"',
  ])('such as %s', (json) => assert.deepEqual(again(JSON.parse(json)), JSON.parse(json)))

  test('of NaN, which it has not, is NaN', () => assert.ok(Number.isNaN(again(Number.NaN))))

  test('has no two lines', () => assert.equal(exactJson({ 'a\n': ['\n\r\u2028'] }).includes('\n'), false))
})
