import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { describe, test } from 'vitest'
import {
  count,
  csv,
  type Json,
  jsonLines,
  lines,
  type Parts,
  parquet,
  RuleError,
  type RuleOptions,
} from '#hob/index.js'
import type { InputFile } from '#hob/rule/input.js'
import { filesOf, mapFiles, spilled, sumsOf } from './map-task.js'

const base: RuleOptions = { name: 'r', input: jsonLines(), keyParts: ['k'], valueParts: ['v'] }

const rows = (...list: readonly Json[]): readonly InputFile[] =>
  filesOf(list.map((row) => `${JSON.stringify(row)}\n`).join(''))

const reasonsOf = async (more: Partial<RuleOptions>, list: readonly Json[] = [{ k: 'x', v: 1 }]) => {
  const output = await mapFiles({ ...base, ...more }, rows(...list))
  return { reasons: output.badRows.map(({ reason }) => reason), counters: output.counters, sums: sumsOf(output) }
}

describe('functions', () => {
  test('give a record, several, or none; each goes through the next', async () => {
    const given: RuleOptions = {
      ...base,
      partsPreprocess: [
        (parts) => (parts.v === 0 ? null : parts),
        (parts) => [parts, { ...parts, v: 10 }],
        function* twice(parts) {
          yield parts
          parts.v = 100
          yield parts
        },
        (parts, { add }) => ({ ...parts, v: Number(parts.v) + Number(add) }),
      ],
      params: { add: 1_000 },
    }
    const output = await mapFiles(given, rows({ k: 'x', v: 1 }, { k: 'x', v: 0 }))
    assert.deepEqual(sumsOf(output), { x: 1 + 100 + 10 + 100 + 4_000 })
    assert.deepEqual(output.counters, {
      rowsRead: 2,
      rowsBad: 0,
      rowsFiltered: 1,
      bytesRead: 32,
      keysets: { _default: { rows: 4, keysMissing: 0, valuesNotNumeric: 0, absent: [], rounded: [] } },
    })
  })

  test('that throw set the record aside, and nothing of it counts', async () => {
    const { reasons, counters, sums } = await reasonsOf(
      {
        partsPreprocess: [
          function* risky(parts) {
            yield parts
            if (parts.v === 2) throw new TypeError('two')
          },
        ],
      },
      [{ k: 'x', v: 1 }, { k: 'x', v: 2 }, { v: 3 }],
    )
    assert.deepEqual([reasons, sums], [['risky threw TypeError: two'], { x: 1 }])
    assert.deepEqual(counters.keysets, {
      _default: { rows: 1, keysMissing: 1, valuesNotNumeric: 0, absent: [], rounded: [] },
    })
  })

  test.each<[given: unknown, reason: string]>([
    [5, 'partsPreprocess[0]: gave a number, which is no record'],
    [false, 'partsPreprocess[0]: gave a boolean, which is no record'],
    ['xy', 'partsPreprocess[0]: gave a string, which is no record'],
    [[1], 'partsPreprocess[0]: gave a number among its records'],
    [[[]], 'partsPreprocess[0]: gave a list among its records'],
    [[null], 'partsPreprocess[0]: gave null among its records'],
    [Promise.resolve({}), 'partsPreprocess[0]: gave a promise: functions of a rule do not wait'],
  ])('that give %s set the record aside', async (given, reason) => {
    const functions = [() => given as Parts]
    assert.deepEqual((await reasonsOf({ partsPreprocess: functions })).reasons, [reason])
  })

  test('that throw on every record leave nothing but bad rows: 1,000 in hand, the others in a file', async () => {
    const boom = (): never => {
      throw new Error('no')
    }
    const output = await mapFiles({ ...base, partsPreprocess: [boom] }, filesOf('{"k":1}\n'.repeat(1_500)))
    assert.deepEqual([output.spills, output.counters.rowsBad, output.badRows.length], [[], 1_500, 1_000])
    const kept = readFileSync(output.badFile ?? '', 'utf8')
      .trim()
      .split('\n')
    assert.equal(kept.length, 1_500)
    const last: unknown = JSON.parse(kept.at(-1) ?? '')
    assert.deepEqual(last, { file: '0', line: 1_500, byte: null, reason: 'boom threw Error: no', text: '{"k":1}' })
  })

  test('find the group of a long key again that has half a surrogate pair', async () => {
    const long = `${'\ud800'}${'a'.repeat(20)}`
    const { sums } = await reasonsOf({}, [
      { k: long, v: 1 },
      { k: 'x', v: 5 },
      { k: long, v: 2 },
      { k: 'y', v: 7 },
    ])
    assert.deepEqual(sums, { [long.toWellFormed()]: 3, x: 5, y: 7 })
  })

  test('of one keyset are not seen by the next', async () => {
    const spoil = (parts: Parts): Parts => {
      parts.k = 'spoilt'
      ;(parts.list as number[]).push(1)
      return parts
    }
    const keyset = { keyParts: ['k'], valueParts: ['v'] }
    const keysets = {
      a: { ...keyset, partsPreprocess: [spoil] },
      b: { keyParts: ['k', 'list'], valueParts: [] },
      c: { ...keyset, partsPreprocess: [() => null] },
      d: { ...keyset, partsPreprocess: [spoil] },
    }
    const { keyParts: _, valueParts: __, ...rest } = base
    const output = await mapFiles({ ...rest, keysets }, rows({ k: 'x', v: 1, list: [] }))
    assert.deepEqual(spilled(output, 'groups', 'b'), [['x', '[]']])
    assert.deepEqual([sumsOf(output, 'a'), sumsOf(output, 'd')], [{ spoilt: 1 }, { spoilt: 1 }])
    assert.equal(output.counters.rowsFiltered, 0)
    const one = await mapFiles({ ...rest, keysets }, rows({ k: 'x', v: 1, list: [] }), { keyset: 'b' })
    assert.deepEqual(Object.keys(one.counters.keysets), ['b'])
    await assert.rejects(mapFiles({ ...rest, keysets }, [], { keyset: 'bb' }), /has no keyset 'bb': did you mean b\?/)
  })

  test('transform the fields that a record has', async () => {
    const fieldTransforms = { k: (k: unknown) => String(k).toUpperCase(), missing: () => 'x', v: () => 'none' }
    const { sums, counters } = await reasonsOf({ fieldTransforms })
    assert.deepEqual(sums, { X: 0 })
    assert.equal(counters.keysets._default?.valuesNotNumeric, 1)
    const broken = { k: () => assert.fail('no') }
    assert.match(
      (await reasonsOf({ fieldTransforms: broken })).reasons[0] ?? '',
      /^fieldTransforms.k threw AssertionError: no/,
    )
  })

  test('are made ready once, and what is thrown then is no bad row', async () => {
    let calls = 0
    await mapFiles({ ...base, mapInit: () => void calls++ }, rows({ k: 1 }, { k: 2 }))
    assert.equal(calls, 1)
    const mapInit = () => assert.fail('no')
    await assert.rejects(
      mapFiles({ ...base, mapInit }, rows()),
      (error) => error instanceof RuleError && error.code === 'function',
    )
  })
})

describe('aggregates', () => {
  test('of numbers, texts that are numbers, and what is none', async () => {
    const output = await mapFiles(
      {
        ...base,
        valueParts: [
          'v',
          { min: 'v' },
          { max: 'v' },
          { avg: 'v' },
          { count: 'v' },
          { countDistinct: 'v' },
          { quantile: 'v', q: 0.5 },
        ],
      },
      rows({ k: 'x', v: 1.5 }, { k: 'x', v: '2.5' }, { k: 'x', v: 'two' }, { k: 'x' }, { k: 'x', v: null }, { k: 'y' }),
    )
    assert.deepEqual(spilled(output), [
      ['x', '0', '[4]', '1.5', '2.5', '0', '[4]', '2', '3'],
      ['y', '0', null, null, null, '0', null, '0', '0'],
    ])
    assert.deepEqual(spilled(output, 'values'), [
      ['5', 'x', '1.5', null, '1'],
      ['5', 'x', '2.5', null, '1'],
      ['5', 'x', 'two', null, '1'],
      ['6', 'x', null, '1.5', '1'],
      ['6', 'x', null, '2.5', '1'],
    ])
    assert.deepEqual(output.counters.keysets, {
      _default: { rows: 6, keysMissing: 0, valuesNotNumeric: 1, absent: [], rounded: [] },
    })
  })

  test('sum beyond what a double holds', async () => {
    const list = [9_007_199_254_740_991, 1, 1e300, -1e300, 0.5, 1e22]
    const output = await mapFiles(base, rows(...list.map((v) => ({ k: 'x', v }))))
    assert.deepEqual(sumsOf(output), { x: 2 ** 53 + 1e22 + 0.5 })
    const { x } = sumsOf(await mapFiles(base, rows({ k: 'x', v: 2 ** 53 }, { k: 'x', v: 1 })))
    assert.equal(x, 2n ** 53n + 1n)
  })

  test('of rows of Parquet may be bigints', async () => {
    const [file] = filesOf('PAR1')
    const output = await mapFiles({ ...base, input: parquet() }, file ? [file] : [], {
      parquet: [{ k: 5n, v: 2n ** 62n }, { k: 5, v: 2n ** 62n }, { v: 1n }],
    })
    assert.deepEqual(sumsOf(output), { 5: 2n ** 63n })
  })

  test('of several key parts keep them apart, whatever is in them', async () => {
    const long = '\u00ff'.repeat(300)
    const keys = [
      ['a', 'bc'],
      ['ab', 'c'],
      ['', 'abc'],
      [long, '"'],
      ['\u0001', long],
      [long, ''],
      ['é\n', ','],
    ]
    const output = await mapFiles(
      { ...base, keyParts: ['k', 'l'], valueParts: [] },
      rows(...keys.map(([k, l]) => ({ k: k ?? '', l: l ?? '' })), { k: 'a' }),
    )
    assert.deepEqual(spilled(output), keys)
    assert.equal(output.counters.keysets._default?.keysMissing, 1)
  })
})

test('a spill tells the greatest of its sums when all are whole numbers that a double has', async () => {
  const sums = { name: 'sums', input: jsonLines(), keyParts: ['a'], valueParts: ['v', { avg: 'v' }] }
  const line = (a: string, v: unknown) => `{"a":"${a}","v":${v}}\n`
  const most = Number.MAX_SAFE_INTEGER
  const tellsOf = async (content: string, groupsMax = 100) =>
    (await mapFiles(sums, filesOf(content), { groupsMax })).spills.map(({ wholeMax }) => wholeMax)
  assert.deepEqual(await tellsOf(line('x', 2) + line('y', -7) + line('z', 3)), [7])
  assert.deepEqual(await tellsOf(line('x', -7) + line('y', 3) + line('z', 2), 1), [7])
  assert.deepEqual(await tellsOf(line('x', most) + line('y', null)), [most])
  assert.deepEqual(await tellsOf(line('x', most) + line('x', 1)), [undefined])
  assert.deepEqual(await tellsOf(line('x', 0.5) + line('y', 3) + line('z', 2), 1), [undefined])
  assert.deepEqual(await tellsOf(line('x', 0.5) + line('x', -0.5)), [0])
})

describe('a rule with map', () => {
  const words: RuleOptions = {
    name: 'words',
    input: lines(),
    *map({ line }) {
      for (const word of String(line).split(' ')) yield [word, { b: 1, a: word.length }]
    },
    reduce: () => [],
    columns: ['word'],
  }

  test('spills pairs as JSON', async () => {
    const output = await mapFiles(words, filesOf('to be "or"\n\nto\n'))
    assert.deepEqual(spilled(output, 'pairs', '_map'), [
      ['"to"', '{"a":2,"b":1}'],
      ['"be"', '{"a":2,"b":1}'],
      ['"\\"or\\""', '{"a":4,"b":1}'],
      ['"to"', '{"a":2,"b":1}'],
    ])
    assert.deepEqual(output.counters.keysets, {
      _map: { rows: 4, keysMissing: 0, valuesNotNumeric: 0, absent: [], rounded: [] },
    })
  })

  test('spills early when hardly two records share a group, and loses none', async () => {
    const keys = {
      name: 'keys',
      input: { kind: 'lines' as const },
      partsPreprocess: [count],
      keyParts: ['line'],
      valueParts: ['count'],
    }
    const once = Array.from({ length: 100_000 }, (_, at) => `${at}\n`).join('')
    const apart = spilled(await mapFiles(keys, filesOf(once + once)))
    assert.equal(apart.length, 200_000)
    assert.equal(
      apart.reduce((sum, [, whole]) => sum + Number(whole), 0),
      200_000,
    )
    const often = Array.from({ length: 100_000 }, (_, at) => `${at}\n${at}\n`).join('')
    assert.equal(spilled(await mapFiles(keys, filesOf(often))).length, 100_000)
  })

  test('combines what it holds of a key, also when it spills in between', async () => {
    const combine = (_: unknown, values: readonly unknown[]) => [values.length]
    const content = `${'a b '.repeat(50)}c\n`.repeat(4)
    for (const groupsMax of [1, 150, 1_000_000]) {
      const output = await mapFiles({ ...words, combine }, filesOf(content), { groupsMax })
      const sums = new Map<string | null, number>()
      for (const [key = '', value] of spilled(output, 'pairs', '_map'))
        sums.set(key, (sums.get(key) ?? 0) + Number(value))
      assert.deepEqual(
        [...sums],
        [
          ['"a"', 200],
          ['"b"', 200],
          ['"c"', 4],
          ['""', 0],
        ].slice(0, sums.size),
      )
    }
  })

  test('sets aside records for which it throws or gives no pairs', async () => {
    const reasons = async (map: unknown) =>
      (await mapFiles({ ...words, map } as RuleOptions, filesOf('x\n'))).badRows.map(({ reason }) => reason)
    assert.deepEqual(await reasons(() => [['a']]), ['map: gave what is no [key, value]'])
    assert.deepEqual(await reasons(() => 5), ['map: gave no list of [key, value]'])
    const circle: unknown[] = []
    circle.push(circle)
    assert.match((await reasons(() => [['a', circle]]))[0] ?? '', /^map threw RangeError/)
    assert.deepEqual(await reasons(() => null), [])
  })

  test('fails when combine throws', async () => {
    const combine = () => assert.fail('no')
    await assert.rejects(
      mapFiles({ ...words, combine }, filesOf('x\n')),
      /rule 'words': combine threw for the key "x": Assert/,
    )
  })
})

test('who looks on is told how far it is, and can end it', async () => {
  const files = filesOf('{"k":1}\n'.repeat(200_000))
  const told: (readonly [number, number])[] = []
  const stop = new AbortController()
  const onProgress = (done: number, bytes: number) => {
    told.push([done, bytes])
    if (done > 80_000) stop.abort(new Error('enough'))
  }
  await assert.rejects(mapFiles(base, files, { onProgress, signal: stop.signal }), /enough/)
  assert.ok(told.length > 1 && told.length < 6)
  assert.ok(told.every(([done, bytes]) => Math.abs(bytes - done * 8) <= 256 * 1024))
})

test('a key keeps no block of input alive', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const key = (at: number) => `a key of some length: ${String(at).padStart(8, '0')}`
  const filler = `${key(0)},${'x'.repeat(1_000)}\n`.repeat(256)
  const content = Buffer.concat(Array.from({ length: 100 }, (_, at) => Buffer.from(`${key(at)},\n${filler}`)))
  const files = filesOf(content)
  collect()
  const before = process.memoryUsage().heapUsed
  let held = Number.NaN
  const onProgress = (_: number, bytes: number) => {
    if (bytes < 25_000_000) return
    collect()
    held = process.memoryUsage().heapUsed - before
  }
  const keyParts = ['_0']
  const output = await mapFiles({ ...base, input: csv(), keyParts, valueParts: ['_1'] }, files, { onProgress })
  assert.equal(spilled(output).length, 100)
  // 25 MB when each key keeps its own.
  assert.ok(held < 8_000_000, `${held} bytes`)
})
