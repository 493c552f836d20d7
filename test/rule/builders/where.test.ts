import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { count, fill, jsonLines, type Parts, type PartsFilter, where } from '#hob/index.js'
import { Recorder } from '#hob/rule/groups/recorder.js'
import { filesOf, mapFiles, sumsOf } from '../map-task.js'
import { faultOf } from './fault.js'

const VALUES = ['1', 1, '', ' ', 'x', 'X', 'ex', true, null, undefined, '1.0', Number.NaN, '12px', -0, { a: 1 }, [1]]

/** Which of these a filter lets pass, and that it gives the record itself. */
function passing(filter: PartsFilter, values: readonly unknown[] = VALUES): readonly unknown[] {
  return values.filter((v) => {
    const parts = { v }
    const given = filter(parts)
    assert.ok(given === null || given === parts)
    return given !== null
  })
}

describe('where', () => {
  const v = where('v')

  test('compares texts as keys do', () => {
    assert.deepEqual(passing(v.is('1')), ['1', 1])
    assert.deepEqual(passing(v.is(1)), ['1', 1])
    assert.deepEqual(passing(v.is('')), [''])
    assert.deepEqual(passing(v.is('true')), [true])
    assert.deepEqual(passing(v.is(0)), [-0])
    assert.deepEqual(passing(v.is('{"a":1}')), [{ a: 1 }])
    assert.deepEqual(passing(v.in(['x', 1n])), ['1', 1, 'x'])
    assert.deepEqual(passing(v.is('\ud800'), ['\ud800', '\ufffd', '\udc00']), ['\ud800', '\ufffd', '\udc00'])
  })

  test('has an opposite of each question, for records without the field too', () => {
    const pairs = [
      [v.is('x'), v.isNot('x')],
      [v.in(['x', '']), v.notIn(['x', ''])],
      [v.exists(), v.missing()],
    ] as const
    for (const [filter, opposite] of pairs) {
      assert.deepEqual(
        VALUES.filter((value) => passing(filter, [value]).length === passing(opposite, [value]).length),
        [],
      )
      assert.equal(filter({}), null)
      assert.deepEqual(opposite({}), {})
    }
  })

  test('knows what is missing', () => {
    assert.deepEqual(passing(v.missing()), [null, undefined])
    assert.deepEqual(passing(v.exists(), ['', 0, false]), ['', 0, false])
  })

  test('looks for patterns in texts', () => {
    assert.deepEqual(passing(v.matches(/x/i)), ['x', 'X', 'ex', '12px'])
    assert.deepEqual(passing(v.matches(/^1/)), ['1', 1, '1.0', '12px'])
    assert.deepEqual(passing(v.matches(/^$/)), [''])
    assert.deepEqual(passing(v.matches(/null|undefined|NaN/)), [])
  })

  test('compares numbers as sums do', () => {
    assert.deepEqual(passing(v.above(0)), ['1', 1, '1.0'])
    assert.deepEqual(passing(v.atLeast(0)), ['1', 1, '1.0', -0])
    assert.deepEqual(passing(v.below(1)), [-0])
    assert.deepEqual(passing(v.atMost(1)), ['1', 1, '1.0', -0])
    assert.deepEqual(passing(v.above(2n ** 53n), [2 ** 53, 2n ** 53n + 1n, '9007199254740994', '1e400']), [
      2n ** 53n + 1n,
      '9007199254740994',
    ])
  })

  test('sees fields of the record alone, whatever their names', () => {
    for (const name of ['toString', 'constructor', '__proto__']) {
      assert.equal(where(name).exists()({}), null, name)
      const parts = JSON.parse(`{"${name}":"x"}`) as Parts
      assert.equal(where(name).is('x')(parts), parts, name)
    }
  })

  test('tells its name, and what is wrong when it is made', () => {
    assert.equal(where('country').in(['AT']).name, "where('country').in")
    assert.equal(where('n').atLeast(3).name, "where('n').atLeast")
    assert.match(
      faultOf(() => where('')),
      /^where\(\): field is "": it must be a text/,
    )
    assert.match(
      faultOf(() => where(undefined as never)),
      /field is missing/,
    )
    assert.match(
      faultOf(() => v.is(null as never)),
      /^where\('v'\).is\(\): a value must be a text, a number/,
    )
    assert.match(
      faultOf(() => v.isNot(Number.NaN)),
      /isNot\(\): a value must be/,
    )
    assert.match(
      faultOf(() => v.in([])),
      /in\(\): the list of values is empty/,
    )
    assert.match(
      faultOf(() => v.notIn('x' as never)),
      /notIn\(\): it must be given a list of values/,
    )
    assert.match(
      faultOf(() => v.in([['x']] as never)),
      /a value must be a text/,
    )
    assert.match(
      faultOf(() => v.matches(/x/g)),
      /matches\(\): \/x\/g has the flag g or y: leave it out/,
    )
    assert.match(
      faultOf(() => v.matches(/x/y)),
      /flag g or y/,
    )
    assert.match(
      faultOf(() => v.matches('x' as never)),
      /it must be given a pattern/,
    )
    assert.match(
      faultOf(() => v.above('3' as never)),
      /above\(\): it must be given a number/,
    )
    assert.match(
      faultOf(() => v.atMost(Number.POSITIVE_INFINITY)),
      /atMost\(\): it must be given a number/,
    )
  })

  test('is told by its name where it fails', async () => {
    const nested = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const output = await mapFiles(
      {
        name: 'r',
        input: jsonLines(),
        partsPreprocess: [where('v').is('x'), count],
        keyParts: ['v'],
        valueParts: ['count'],
      },
      filesOf(`{"v":"x"}\n{"v":"y"}\n{"v":${nested}}\n`),
    )
    assert.deepEqual(sumsOf(output), { x: 1 })
    assert.equal(output.counters.rowsFiltered, 1)
    assert.match(output.badRows[0]?.reason ?? '', /^where\('v'\)\.is threw RangeError/)
  })
})

describe('fill', () => {
  test('sets what is missing, null or empty, and nothing else', () => {
    const parts: Parts = { a: '', b: null, c: 0, d: ' ' }
    const given = fill({ a: 'A', b: 1, c: 'C', d: 'D', e: false })(parts)
    assert.equal(given, parts)
    assert.deepEqual(given, { a: 'A', b: 1, c: 0, d: ' ', e: false })
    assert.deepEqual(fill({ a: null })({ a: '' }), { a: null })
  })

  test('takes fields of every name', () => {
    const values = JSON.parse('{"__proto__":"p","toString":"s"}') as Record<string, string>
    const parts = fill(values)({})
    assert.deepEqual(Object.entries(parts), Object.entries(values))
    assert.equal(Object.getPrototypeOf(parts), Object.prototype)
  })

  test('is checked', () => {
    assert.match(
      faultOf(() => fill({})),
      /^fill\(\): values has no field/,
    )
    assert.match(
      faultOf(() => fill('a' as never)),
      /values is "a": it must be an object/,
    )
    assert.match(
      faultOf(() => fill({ a: [] as never, b: undefined as never })),
      /values.a must be .*; values.b must be/,
    )
  })
})

describe('what builders look at', () => {
  test('is the field that they name, so that records are grouped by it', () => {
    const v = where('v')
    const filters = {
      ...{ is: v.is('x'), isNot: v.isNot('x'), in: v.in(['x']), notIn: v.notIn(['x']), matches: v.matches(/x/) },
      ...{
        exists: v.exists(),
        missing: v.missing(),
        above: v.above(1),
        atLeast: v.atLeast(1),
        below: v.below(1),
        atMost: v.atMost(1),
      },
      fill: fill({ v: 'x' }),
    }
    for (const [name, builder] of Object.entries(filters)) {
      for (const value of ['x', 1, null]) {
        const recorder = new Recorder(null)
        builder(recorder.sample({ a: 1, v: value, b: 2 }))
        assert.deepEqual([[...recorder.needs.fields], recorder.needs.isAll], [['v'], false], name)
      }
    }
    const recorder = new Recorder(null)
    count(recorder.sample({ a: 1 }))
    assert.ok(recorder.needs.isEmpty)
  })
})
