import assert from 'node:assert/strict'
import { existsSync, readdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, test } from 'vitest'
import {
  count,
  csv,
  dynamic,
  jsonLines,
  lines,
  type Parts,
  type PartsFunction,
  type RuleOptions,
  rule,
} from '#hob/index.js'
import type { GroupPlan } from '#hob/rule/groups/group-plan.js'
import type { InputFile } from '#hob/rule/input.js'
import type { MapOutput } from '#hob/rule/map-output.js'
import { filesOf, type MapSettings, mapFiles, sumsOf } from '../map-task.js'
import { merged } from './merged.js'

const base: RuleOptions = { name: 'r', input: jsonLines(), keyParts: ['k'], valueParts: ['v'] }

const text = (records: number, of: (at: number) => Parts): string =>
  Array.from({ length: records }, (_, at) => `${JSON.stringify(of(at))}\n`).join('')

const plan = (fields: readonly string[] | null, values: readonly string[] = [], isForced = false): GroupPlan => ({
  isForced,
  scans: [{ keysets: ['_default'], fields, values: values.map((part) => ({ part, isNumber: true })) }],
})

/** Maps files by groups, and sees to it that by rows they make the same. */
async function bothWays(
  options: Partial<RuleOptions>,
  inputs: readonly InputFile[],
  settings: MapSettings = { engine: 'groups' },
): Promise<MapOutput> {
  const all = { ...base, ...options }
  const { engine: _, plan: __, ...rest } = settings
  const byRows = await mapFiles(all, inputs, { ...rest, plan: null })
  const byGroups = await mapFiles(all, inputs, settings)
  const told = (output: MapOutput) => [merged(rule(all), output), output.counters, output.badRows]
  assert.deepEqual(told(byGroups), told(byRows))
  return byGroups
}

describe('by groups', () => {
  test('functions run once a group', async () => {
    let calls = 0
    const own: PartsFunction = (parts) => {
      calls++
      return count(parts)
    }
    const options = { partsPreprocess: [own], valueParts: ['count', 'v'] }
    const output = await bothWays(options, filesOf(text(1_000, (at) => ({ k: at % 7, v: at }))), {
      plan: plan(['k'], ['v']),
    })
    assert.equal(calls, 1_000 + 7)
    assert.deepEqual(output.path, { engine: 'groups', reason: '', rows: 1_000, groups: 7 })
  })

  test('which are told as they run, and no record with them', async () => {
    const seen: string[] = []
    const own = (of: string) => (at: number) => void seen.push(`${of} ${at}`)
    const inputs = filesOf(`${text(3, (at) => ({ k: at, v: 1 }))}no JSON\n{"k":{"odd":"\\u0041"},"v":1}\n`)
    const settings = { engine: 'groups', onRow: own('row'), onGroup: own('group') } as const
    await mapFiles(base, inputs, settings)
    assert.deepEqual(
      seen.filter((each) => !each.startsWith('row')).map((each, at) => (at === seen.length ? '' : each)),
      ['group 0', 'group 1', 'group 2', 'group 3', ...(seen.includes('group 4') ? ['group 4'] : []), 'group 0'],
    )
  })

  test('and none of them while records run for themselves, after groups that were in vain', async () => {
    const seen: number[] = []
    const partsPreprocess: readonly PartsFunction[] = [(parts) => (parts.k === 2 ? assert.fail('no') : parts)]
    const settings = { plan: plan(['k'], ['v']), onGroup: (group: number) => void seen.push(group) }
    await mapFiles({ ...base, partsPreprocess }, filesOf(text(9, (at) => ({ k: at % 3, v: at }))), settings)
    assert.deepEqual(seen, [0, 1, 2, 3, 0])
  })

  test('what they filter is counted for each record, also where keysets have scans of their own', async () => {
    const { keyParts: _, valueParts: __, ...rest } = base
    const keysets = { a: { keyParts: ['a'], valueParts: ['v'] }, b: { keyParts: ['b'], valueParts: ['v'] } }
    const options = {
      ...rest,
      keysets,
      keyParts: undefined,
      valueParts: undefined,
      partsPreprocess: [(parts: Parts) => (parts.x === 1 ? null : parts)],
    } as never
    const scans = ['a', 'b'].map((name) => ({
      keysets: [name],
      fields: [name, 'x'],
      values: [{ part: 'v', isNumber: true }],
    }))
    const input = filesOf(text(100, (at) => ({ a: at % 3, b: at % 5, v: at, x: at % 4 })))
    const output = await bothWays(options, input, { plan: { scans, isForced: false } })
    assert.equal(output.counters.rowsFiltered, 25)
    assert.equal(output.path.groups, 12 + 20)
  })
})

describe('a plan that turns out to be wrong', () => {
  const rare: PartsFunction = (parts) => (parts.k === 5 ? Object.assign(parts, { k: parts.a, v: parts.b }) : parts)
  const input = () => filesOf(text(300, (at) => ({ k: at % 6, v: at, a: at % 4, b: 0.5 })))

  test('grows by what functions ask for', async () => {
    const output = await bothWays({ partsPreprocess: [rare] }, input(), { plan: plan([]) })
    assert.equal(output.path.engine, 'groups')
    // By `k` and `v`, by `a`, by `b`.
    assert.equal(output.path.groups, 6 * 2)
  })

  test('becomes one of whole records when they are listed', async () => {
    const spread: PartsFunction = (parts) => ({ ...parts })
    const output = await bothWays({ partsPreprocess: [spread] }, input(), { plan: plan(['k'], [], true) })
    assert.deepEqual([output.path.engine, output.path.groups], ['groups', 300])
  })

  test('becomes one of whole records when they are cloned, which records that are watched cannot be', async () => {
    const cloned: PartsFunction = (parts) => structuredClone(parts)
    const own = { partsPreprocess: [cloned] }
    const output = await bothWays(own, input(), { plan: plan(['k'], [], true) })
    assert.deepEqual([output.path.engine, output.path.groups, output.path.reason], ['groups', 300, ''])
    const chosen = await bothWays(own, filesOf(text(2_000, (at) => ({ k: at % 6, v: 1 }))), { engine: 'auto' })
    assert.deepEqual([chosen.path.engine, chosen.path.groups], ['groups', 6])
  })

  test('is given up when records cannot be cloned by themselves', async () => {
    const cloned: PartsFunction = (parts) => structuredClone({ ...parts, no: () => 1 })
    const output = await bothWays({ partsPreprocess: [cloned] }, input(), { plan: plan(['k'], ['v']) })
    assert.match(output.path.reason, /^a group of records failed: cloned threw DataCloneError: /)
  })

  test('is given up when there is no end of it', async () => {
    const fields = Array.from({ length: 9 }, (_, at) => `f${at}`)
    const many: PartsFunction = (parts) => Object.assign(parts, { sum: fields.map((field) => parts[field]).length })
    const output = await bothWays({ partsPreprocess: [many] }, input(), { plan: plan(['k'], ['v']) })
    assert.deepEqual(output.path, { engine: 'rows', reason: "functions asked for the field 'f5'", rows: 0, groups: 0 })
  })

  test('is given up when a function throws, so that bad rows have their lines', async () => {
    const partsPreprocess: readonly PartsFunction[] = [(parts) => (parts.k === 5 ? assert.fail('no') : parts)]
    const output = await bothWays({ partsPreprocess }, input(), { plan: plan(['k'], ['v']) })
    assert.equal(output.counters.rowsBad, 50)
    assert.equal(output.badRows[0]?.line, 6)
    assert.match(output.path.reason, /^a group of records failed: partsPreprocess\[0\] threw AssertionError: no$/)
    // What was made before is gone.
    assert.ok(output.badFile !== null && existsSync(output.badFile))
    assert.equal(readdirSync(dirname(output.badFile)).length, 1 + output.spills.length)
  })

  test('is given up when a key is too long', async () => {
    const output = await bothWays({}, filesOf(text(3, (at) => ({ k: 'x'.repeat(600_000 * at), v: 1 }))))
    assert.match(output.path.reason, /key part 'k': more than 1 MiB$/)
  })

  test('is given up when groups are hardly fewer than records, unless it is forced', { timeout: 60_000 }, async () => {
    const many = filesOf(text(60_000, (at) => ({ k: at, v: 1 })))
    const given = await bothWays({}, many, { plan: plan(['k'], ['v']) })
    assert.match(given.path.reason, /^groups were hardly fewer than records: \d+,\d+ groups in \d+,\d+ records$/)
    assert.equal(given.path.engine, 'rows')
    const forced = await bothWays({}, many, { plan: plan(['k'], ['v'], true) })
    assert.deepEqual([forced.path.engine, forced.path.groups], ['groups', 60_000])
  })
})

describe('what the scanner leaves goes by rows', () => {
  const names = ['k', 'v']

  test.each<[what: string, options: Partial<RuleOptions>, files: readonly (string | Buffer)[]]>([
    ['lines of JSON', {}, ['{"k":1,"v":2}\n', 'no\n{"k":1,"v":2}\n\n {"k":1, "v":3}\r\n[1]\n{"k":"\\ud800","v":1}\nx']],
    ['a mark in front', {}, ['\uFEFF{"k":1,"v":2}\nno\n', '{"k":1,"v":3}\n\uFEFF{"k":1}\n']],
    [
      'what is no text',
      {},
      [Buffer.concat([Buffer.from('{"k":1,"v":2}\n"'), Buffer.from([0xff, 10, 0, 10])]), '{"k":1}\nno'],
    ],
    ['lines', { input: lines(), keyParts: ['line'], valueParts: [] }, ['a\nb\r\n\na', '\uFEFFa\nb\n\0\n']],
    ['a header', { input: csv({ header: true }) }, ['k,v\nx,1\nx\nx,2\n', '"v","k"\n1,x\n"2,3",x\n', '', '\n\nk,v']],
    [
      'a header over two lines',
      { input: csv({ header: true }), keyParts: ['k\nk'] },
      ['"k\nk",v\nx,1\n"x\nx",2\n"x\nx",2\n'],
    ],
    [
      'other columns',
      { input: csv({ header: true }), partsPreprocess: [(parts) => ({ ...parts })] },
      ['k,v\nx,1\n', 'v,k\nx,1\n', 'v,k\nx,1\n', 'k,w\nx,1\n'],
    ],
    ['no names', { input: csv(), keyParts: ['_0'], valueParts: ['_1'] }, ['x,1\nx,2,3\n"x",4\n', 'x,"5"\n"open\n']],
    [
      'wrong quotes',
      { input: csv({ fields: names }) },
      ['x,1\n"x"y,2\nx,3\nx"x,4\n"op\nen",5\n"open,6\nx,7\nx,8\nx,9\n'],
    ],
    [
      'both kinds',
      { input: dynamic({ fields: names }) },
      ['{"k":"x","v":1}\nx,1\n{"k":1\n"x\n{""x",2\n {"k":"x"}\n', '{"v":5,"k":"x"}'],
    ],
    [
      'both kinds and a header',
      { input: dynamic({ header: true }) },
      ['{"k":"x","v":1}\nk,v\nx,1\n{"k":"x"}\nx,2\n', '{"k":"x"}\n'.repeat(40)],
    ],
  ])('with its place: %s', async (_, options, files) => {
    const inputs = filesOf(...files)
    await bothWays(options, inputs)
    await bothWays(options, inputs, { engine: 'groups', piecesBytes: 20 })
  })

  test('also where a record goes over blocks', async () => {
    const inputs = filesOf(`x,1\n"${'long\n'.repeat(120_000)}",2\n${'x,3\n'.repeat(70_000)}no\n"y\n",4\n`)
    const output = await bothWays({ input: csv({ fields: names }) }, inputs, { plan: plan(['k'], ['v']) })
    assert.deepEqual(sumsOf(output).x, 210_001)
    assert.equal(output.badRows[0]?.line, 1 + 120_001 + 70_000 + 1)
  })

  test('more and more lines at once, where many are odd', async () => {
    const inputs = filesOf('no\n'.repeat(3_000) + '{"k":1,"v":1}\nno\n'.repeat(3_000) + '{"k":1,"v":1}\n'.repeat(9_000))
    const output = await bothWays({}, inputs)
    assert.equal(output.badRows.length, 1_000)
    assert.ok(output.path.rows >= 7_900)
  })
})

test('a task that has no room for its groups writes them and goes on', { timeout: 60_000 }, async () => {
  const input = filesOf(text(40_000, (at) => ({ k: `${at}`.padStart(40, '-'), v: at })))
  const output = await bothWays({}, input, { plan: plan(['k'], ['v'], true), groupsMax: 100 })
  assert.deepEqual([output.path.engine, output.path.rows], ['groups', 40_000])
})

test('a task by groups can be aborted', async () => {
  const stop = new AbortController()
  const settings = { engine: 'groups', signal: stop.signal, onProgress: () => stop.abort(new Error('enough')) } as const
  await assert.rejects(mapFiles(base, filesOf(text(5, (at) => ({ k: at }))), settings), /enough/)
})
