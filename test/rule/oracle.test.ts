import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { RuleOptions } from '#hob/rule/rule.js'
import { oracle } from './oracle.js'
import { sumOf } from './oracle-number.js'

// Whoever checks others is checked by hand.

const filesOf = (...texts: readonly string[]): readonly Buffer[] => texts.map((text) => Buffer.from(text))

test('the oracle knows the names of the seed', () => {
  const rule: RuleOptions = {
    name: 'last_names_json',
    input: { kind: 'jsonLines' },
    partsPreprocess: [(parts) => ({ ...parts, count: 1 })],
    keyParts: ['last'],
    valueParts: ['count'],
  }
  const files = filesOf(
    '{"first":"Homer","last":"Simpson"}\n{"last":"Powell"}\n{"last":"Simpson"}',
    '{"last":null}\n[1]\n',
  )
  const { results, counters } = oracle(rule, files)
  assert.equal(results._default?.csv, 'last,count\nPowell,1\nSimpson,2\n')
  assert.deepEqual(counters, {
    rowsRead: 5,
    rowsBad: 1,
    rowsFiltered: 0,
    bytesRead: files.reduce((sum, { length }) => sum + length, 0),
    keysets: { _default: { rows: 3, keysMissing: 1, valuesNotNumeric: 0, absent: [], rounded: [] } },
  })
})

test('the oracle reads CSV, and gives up no more than the first line of a record that never ends', () => {
  const rule: RuleOptions = {
    name: 'r',
    input: { kind: 'csv', fields: ['a', 'b'] },
    keyParts: ['a'],
    valueParts: ['b', { countDistinct: 'b' }, { avg: 'b' }],
  }
  const { results, counters } = oracle(
    rule,
    filesOf('\uFEFFx,1\r\n\r\n"x",1.0\n"two\nlines","""3"""\n"open,1\nx,-0.5\na,b,c'),
  )
  const rows = ['a,b,b_countDistinct,b_avg', '"two\nlines",0,1,', 'x,1.5,3,0.5']
  assert.equal(results._default?.csv, `${rows.join('\n')}\n`)
  assert.deepEqual([counters.rowsRead, counters.rowsBad], [6, 2])
  assert.deepEqual(counters.keysets, {
    _default: { rows: 4, keysMissing: 0, valuesNotNumeric: 1, absent: [], rounded: [] },
  })
})

test('the oracle sums exactly and rounds once, a tie to even', () => {
  assert.equal(sumOf([0.1, 0.2, -0.3]), 2 ** -55)
  assert.equal(sumOf([1e300, 1, -1e300]), 1)
  assert.equal(sumOf([2 ** 53, 1]), 2n ** 53n + 1n)
  assert.equal(sumOf([5e-324, 5e-324]), 1e-323)
  assert.equal(sumOf([2 ** 52, 0.5, -(2 ** -60)]), 2 ** 52)
  assert.equal(sumOf([2 ** 52 + 1, 0.5]), 2 ** 52 + 2)
  assert.equal(sumOf([]), 0)
})

test('the oracle maps and reduces', () => {
  const rule: RuleOptions = {
    name: 'r',
    input: { kind: 'lines' },
    *map({ line }) {
      for (const word of String(line).split(' ')) yield [word, 1]
    },
    *reduce(word, counts) {
      yield { word, count: [...counts].length }
    },
    columns: ['word', 'count'],
  }
  assert.equal(
    oracle(rule, filesOf('to be or\nnot to be\n')).results._map?.csv,
    'word,count\nbe,2\nnot,1\nor,1\nto,2\n',
  )
})
