import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { alphanumeric, chain, count, lower, orElse, replace, slice, toInt, toNumber, trim, upper } from '#hob/index.js'
import { faultOf } from './fault.js'

const MIB = 1024 * 1024

describe('transforms of texts', () => {
  const all = { lower, upper, trim, alphanumeric, slice: slice(0), replace: replace('?', '!') }

  test('keep null, and make the text of a key of all else', () => {
    for (const [name, transform] of Object.entries(all)) {
      const of = (value: unknown) => transform(value)?.toLowerCase() ?? null
      assert.deepEqual([null, undefined, Number.NaN].map(of), [null, null, null], name)
      assert.deepEqual([12, 10n, true, ''].map(of), ['12', '10', 'true', ''], name)
      assert.equal(of('a\ud800'), name === 'alphanumeric' ? 'a' : 'a\ufffd', `${name} of half a pair`)
    }
    assert.equal(lower({ b: 1, A: [null] }), '{"a":[null],"b":1}')
    assert.equal(trim(-0), '0')
  })

  test('are the same in every locale', () => {
    assert.deepEqual(['ÀÉ', 'ΟΔΟΣ', 'I', 'İ', '𐐀'].map(lower), ['àé', 'οδος', 'i', 'i̇', '𐐨'])
    assert.deepEqual(['àé', 'straße', 'ı', 'ﬁ', '𐐨'].map(upper), ['ÀÉ', 'STRASSE', 'I', 'FI', '𐐀'])
    assert.deepEqual([' a b\t', '\u00a0\u3000\ufeffa\r\n', ' '].map(trim), ['a b', 'a', ''])
  })

  test('take a text of a megabyte', () => {
    const long = ' ?😀'.repeat(MIB / 4)
    assert.equal(lower(long)?.length, long.length)
    assert.equal(alphanumeric(long), '')
    assert.equal(slice(-1)(long), '😀')
    assert.equal(replace('😀', '')(long)?.length, MIB / 2)
  })

  test('alphanumeric keeps letters with their marks and digits of all scripts, and one blank between', () => {
    const cases: Readonly<Record<string, string>> = {
      "O'Hara, Jr.": 'O Hara Jr',
      '  A-1__b ': 'A 1 b',
      'e\u0301te\u0301': 'e\u0301te\u0301',
      'हिन्दी!': 'हिन्दी',
      '٣/३': '٣ ३',
      '名前（東京）': '名前 東京',
      '½ – ?': '½',
    }
    for (const [text, made] of Object.entries(cases)) assert.equal(alphanumeric(text), made)
  })

  test('slice counts characters, from both ends', () => {
    assert.deepEqual(
      [slice(0, 2)('abc'), slice(1)('abc'), slice(-2)('abc'), slice(1, -1)('abc')],
      ['ab', 'bc', 'bc', 'b'],
    )
    assert.deepEqual([slice(5)('abc'), slice(0, 9)('abc'), slice(-9, -2)('abc')], ['', 'abc', 'a'])
    assert.deepEqual([slice(0, 1)('😀😁'), slice(1)('😀😁'), slice(-1)('a😀')], ['😀', '😁', '😀'])
    assert.equal(slice(0, 4)(20261122), '2026')
    assert.equal(slice(0, 3).name, 'slice(0, 3)')
    assert.match(
      faultOf(() => slice(1.5)),
      /^slice\(\): from is 1.5: it must be a whole number/,
    )
    assert.match(
      faultOf(() => slice('1' as never)),
      /from is "1": it must be a whole number/,
    )
    assert.match(
      faultOf(() => slice(3, 2)),
      /to is 2: it must be above from, which is 3/,
    )
    assert.match(
      faultOf(() => slice(-2, -2)),
      /to is -2: it must be above from/,
    )
  })

  test('replace knows no patterns, on either side', () => {
    assert.equal(replace('.', '$&')('a.b.c'), 'a$&b$&c')
    assert.equal(replace('aa', 'a')('aaaa'), 'aa')
    assert.equal(replace(',', '')('1,234,567'), '1234567')
    assert.match(
      faultOf(() => replace(/a/ as never, 'b')),
      /from is an object: it must be a text that is not empty/,
    )
    assert.match(
      faultOf(() => replace('', 'b')),
      /from is ""/,
    )
    assert.match(
      faultOf(() => replace('\ud83d', '')),
      /from has half of a surrogate pair/,
    )
    assert.match(
      faultOf(() => replace('a', undefined as never)),
      /to is missing: it must be a text$/,
    )
  })

  test('chain takes transforms, and nothing else', () => {
    assert.match(
      faultOf(() => chain(trim, slice as never)),
      /^chain\(\): transforms\[1\] is slice itself, which makes functions: call it$/,
    )
    assert.match(
      faultOf(() => chain(count as never)),
      /is count, which is for partsPreprocess/,
    )
    assert.match(
      faultOf(() => slice(undefined as never)),
      /^slice\(\): from is missing, /,
    )
    assert.match(
      faultOf(() => count(undefined as never)),
      /^count\(\): it is a function for partsPreprocess: write count/,
    )
  })
})

describe('transforms into numbers', () => {
  test('take what sums take', () => {
    const numbers = ['12', ' -0.5\t', '.5', '6.', '1e3', '+3', 7.9, 2n ** 70n, '9007199254740993', '1e-320']
    assert.deepEqual(numbers.map(toNumber), [12, -0.5, 0.5, 6, 1000, 3, 7.9, 2n ** 70n, 2 ** 53, 1e-320])
    assert.deepEqual(numbers.map(toInt), [12, 0, 0, 6, 1000, 3, 7, 2n ** 70n, 2 ** 53, 0])
    assert.ok([toInt('-0.5'), toInt(-0.2), toInt('-0'), toNumber(-0)].every((zero) => Object.is(zero, 0)))
  })

  test('make null of all else', () => {
    const none = [
      '',
      ' ',
      'x',
      '12px',
      '0x10',
      '1,000',
      '1_000',
      'inf',
      'Infinity',
      '1e400',
      '٣',
      '１２',
      '\u00a05',
      '1e',
    ]
    for (const value of [...none, null, undefined, Number.NaN, Number.POSITIVE_INFINITY, true, [1], { a: 1 }]) {
      assert.deepEqual([toNumber(value), toInt(value)], [null, null], String(value))
    }
  })
})

describe('orElse', () => {
  test('stands for null and empty text, and for nothing else', () => {
    assert.deepEqual([null, undefined, ''].map(orElse('?')), ['?', '?', '?'])
    assert.deepEqual([0, false, ' ', 'x', Number.NaN].map(orElse('?')), [0, false, ' ', 'x', Number.NaN])
    assert.equal(orElse(null)(''), null)
    assert.match(
      faultOf(() => orElse({} as never)),
      /^orElse\(\): value must be a text, a number, true, false or null/,
    )
    assert.match(
      faultOf(() => orElse(undefined as never)),
      /value must be a text/,
    )
  })
})

describe('chain', () => {
  test('gives each what the one before it gave, and all the parameters', () => {
    const clean = chain(trim, lower, orElse('unknown'))
    assert.deepEqual(
      [' Ada ', '  ', null].map((value) => clean(value)),
      ['ada', 'unknown', 'unknown'],
    )
    assert.equal(clean.name, 'chain(trim, lower, orElse())')
    const times = chain(toNumber, (value, { factor }) => Number(value) * Number(factor))
    assert.equal(times(' 3 ', { factor: 2 }), 6)
  })

  test('is checked', () => {
    assert.match(
      faultOf(() => chain()),
      /^chain\(\): it is given no transform/,
    )
    assert.match(
      faultOf(() => chain(trim, 'lower' as never)),
      /transforms\[1\] is "lower": it must be a function/,
    )
  })
})
