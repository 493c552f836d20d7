import assert from 'node:assert/strict'
import { deserialize, serialize } from 'node:v8'
import { describe, test } from 'vitest'
import {
  count,
  csv,
  jsonLines,
  type Parts,
  type PartsFunction,
  RuleError,
  type RuleOptions,
  rule as ruleOf,
} from '#hob/index.js'
import type { EngineVerdict, GroupScan } from '#hob/rule/groups/group-plan.js'
import { ParquetScanner } from '#hob/rule/groups/parquet-groups.js'
import { findVerdict, type VerdictLook } from '#hob/rule/groups/verdict.js'
import { planPieces } from '#hob/rule/map/plan-pieces.js'
import { filesOf } from '../map-task.js'

const base: RuleOptions = { name: 'r', input: jsonLines(), keyParts: ['k'], valueParts: ['v'] }

/** Records that have all fields of these tests; `id` is another in each. */
const lines = (records: number, more: (at: number) => Parts = () => ({})): string =>
  Array.from({ length: records }, (_, at) => {
    const record = { k: at % 3, v: at, w: 1, x: 'x', deep: { list: [at % 2] }, id: at, ...more(at) }
    return `${JSON.stringify(record)}\n`
  }).join('')

async function verdictOf(
  options: Partial<RuleOptions>,
  contents: readonly string[] = [lines(50)],
  look: Partial<VerdictLook> = {},
): Promise<EngineVerdict> {
  const rule = ruleOf({ ...base, ...options } as RuleOptions)
  const pieces = await planPieces(rule.input, filesOf(...contents), { piecesBytes: 2 ** 26 })
  const openParquet = () => assert.fail('no Parquet here')
  const parquetScanner = new ParquetScanner(openParquet)
  return findVerdict(rule, { keyset: null, params: {}, choice: 'auto', pieces, openParquet, parquetScanner, ...look })
}

function set(parts: Parts, name: string, value: unknown): Parts {
  parts[name] = value
  return parts
}

/** The fields and values of the scans. */
const namesOf = ({ plan }: EngineVerdict) =>
  plan?.scans.map(({ fields, values }: GroupScan) => [
    fields && [...fields].sort(),
    values.map(({ part, isNumber }) => (isNumber ? part : `${part}?`)),
  ])

const found = async (options: Partial<RuleOptions>) => namesOf(await verdictOf(options))

describe('fields and values are found', () => {
  const nothing: PartsFunction = (parts) => parts

  test.each<
    [what: string, functions: readonly PartsFunction[], fields: readonly string[] | null, values: readonly string[]]
  >([
    ['no function', [], ['k'], ['v']],
    ['one that does nothing', [nothing], ['k'], ['v']],
    ['a field that is written', [count], ['k'], ['v']],
    ['a field that is read', [(parts) => set(parts, 'new', parts.x)], ['k', 'x'], ['v']],
    ['a value that is read', [(parts) => (Number(parts.v) > 1 ? parts : null)], ['k', 'v'], []],
    ['a value that is written', [(parts) => set(parts, 'v', 1)], ['k'], []],
    ['a value that is changed', [(parts) => set(parts, 'v', Number(parts.v) + 1)], ['k', 'v'], []],
    ['a value that is written to some', [(parts) => (parts.w === 2 ? parts : set(parts, 'v', 1))], ['k', 'w'], []],
    ['a key that is written', [(parts) => set(parts, 'k', parts.x)], ['x'], ['v']],
    ['a key that is written before it is read', [(parts) => (set(parts, 'k', 1).k === 1 ? parts : null)], [], ['v']],
    ['what is nested', [({ deep, ...rest }) => rest], null, []],
    ['a member of what is nested', [(parts) => set(parts, 'x', (parts.deep as Parts).list)], ['deep', 'k'], ['v']],
    ['a new object', [({ k, x }) => ({ k, x, v: 1 })], ['k', 'x'], []],
    ['a copy', [(parts) => ({ ...parts })], null, []],
    ['JSON', [(parts) => set(parts, 'x', JSON.stringify(parts))], null, []],
    ['several records', [(parts) => [parts, parts]], ['k'], ['v']],
    [
      'a generator',
      [
        function* twice(parts) {
          yield parts
          parts.k = 2
          yield parts
        },
      ],
      ['k'],
      ['v'],
    ],
    [
      'a generator before others',
      [
        function* twice(parts) {
          yield parts
          yield parts
        },
        count,
        (parts) => (parts.w === 1 ? parts : null),
      ],
      ['k', 'w'],
      ['v'],
    ],
    ['a field that is removed', [(parts) => (Reflect.deleteProperty(parts, 'v') ? parts : null)], ['k'], []],
    ['a look for a field', [(parts) => ('x' in parts ? parts : null)], ['k', 'x'], ['v']],
    ['a filter that lets none pass', [(parts) => (parts.x === 'y' ? parts : null)], ['k', 'x'], ['v']],
    ['one that throws', [(parts) => assert.fail(`no ${parts.x}`)], ['k', 'x'], ['v']],
  ])('with %s', async (_, partsPreprocess, fields, values) => {
    assert.deepEqual(namesOf(await verdictOf({ partsPreprocess }, [lines(50)], { choice: 'groups' })), [
      [fields, values],
    ])
  })

  test('of transforms', async () => {
    assert.deepEqual(await found({ fieldTransforms: { x: String, v: Number, missing: String } }), [
      [['k', 'missing', 'v', 'x'], []],
    ])
  })

  test('of all aggregates', async () => {
    const valueParts = ['v', { count: 'w' }, { countDistinct: 'x' }, { min: 'v' }, { quantile: 'id', q: 0.5 }]
    assert.deepEqual(await found({ valueParts }), [
      [
        ['id', 'k', 'x'],
        ['v', 'w?'],
      ],
    ])
    assert.deepEqual(await found({ valueParts: [{ count: 'v' }, { max: 'v', as: 'most' }] }), [[['k'], ['v']]])
    assert.deepEqual(await found({ valueParts: [{ countDistinct: 'v' }, 'v'] }), [[['k', 'v'], []]])
  })

  test('of the functions of keysets, each of which has records of its own', async () => {
    const { keyParts: _, valueParts: __, ...rest } = base
    const spoil: PartsFunction = (parts) => Object.assign(parts, { k: parts.x, v: 1 })
    const keysets = {
      a: { keyParts: ['k'], valueParts: ['v'], partsPreprocess: [spoil] },
      b: { keyParts: ['k', 'w'], valueParts: ['v'] },
    }
    const verdict = await verdictOf({ ...rest, keysets, keyParts: undefined, valueParts: undefined } as never)
    assert.deepEqual(namesOf(verdict), [[['k', 'w', 'x'], ['v']]])
    const one = await verdictOf(
      { ...rest, keysets, keyParts: undefined, valueParts: undefined } as never,
      [lines(50)],
      {
        keyset: 'b',
      },
    )
    assert.deepEqual(namesOf(one), [[['k', 'w'], ['v']]])
  })

  test('of CSV', async () => {
    const header = csv({ header: true })
    assert.deepEqual(namesOf(await verdictOf({ input: header }, ['k,v\nx,1\n"y\nz",2\n'])), [[['k'], ['v']]])
  })

  test('of input that has no records', async () => {
    const valueParts = ['v', { countDistinct: 'x' }]
    assert.deepEqual(namesOf(await verdictOf({ valueParts, partsPreprocess: [count] }, [])), [[['k', 'x'], ['v']]])
    assert.deepEqual(namesOf(await verdictOf({ valueParts }, ['no JSON\n'])), [[['k', 'x'], ['v']]])
  })

  test('after mapInit, with the parameters of the run', async () => {
    let isReady = false
    const mapInit = () => {
      isReady = true
    }
    const own: PartsFunction = (parts, { field }) => (isReady ? set(parts, 'new', parts[String(field)]) : null)
    const verdict = await verdictOf({ mapInit, partsPreprocess: [own] }, [lines(9)], { params: { field: 'w' } })
    assert.deepEqual(namesOf(verdict), [[['k', 'w'], ['v']]])
  })

  test('more than a scan takes: records are whole', async () => {
    const keyParts = Array.from({ length: 40 }, (_, at) => `f${at}`)
    assert.deepEqual(await found({ keyParts }), [[null, []]])
  })
})

describe('the choice', () => {
  const told = async (...of: Parameters<typeof verdictOf>) => {
    const { engine, reason, plan } = await verdictOf(...of)
    assert.equal(plan === null, engine === 'rows')
    return `${engine}: ${reason}`
  }

  test('is what was asked for', async () => {
    assert.equal(await told({}, [lines(5)], { choice: 'rows' }), 'rows: asked for')
    assert.equal(await told({ keyParts: ['id'] }, [lines(5_000)], { choice: 'groups' }), 'groups: asked for')
  })

  test.each<[options: Partial<RuleOptions>, reason: string]>([
    [{ pure: false }, 'pure is false'],
    [{ keyParts: undefined, valueParts: undefined, *map() {}, *reduce() {}, columns: ['a'] } as never, 'it has map'],
  ])('is rows where nothing else can be', async (options, reason) => {
    assert.equal(await told(options), `rows: ${reason}`)
    await assert.rejects(
      verdictOf(options, [lines(5)], { choice: 'groups' }),
      (error) =>
        error instanceof RuleError &&
        error.code === 'rule' &&
        error.message === `rule 'r' cannot go by groups: ${reason}`,
    )
  })

  test('is groups for a few records, and for few groups', async () => {
    assert.equal(await told({ keyParts: ['id'] }), 'groups: 50 records are hardly any')
    assert.equal(await told({ keyParts: ['id'] }, [lines(1)]), 'groups: 1 record is hardly any')
    assert.equal(await told({}, ['']), 'groups: there are no records to look at')
    assert.equal(await told({}, [lines(20_000)]), 'groups: about 3 groups expected in 20,000 records')
    assert.equal(await told({ keyParts: ['x'] }, [lines(20_000)]), 'groups: about 1 group expected in 20,000 records')
  })

  test('is rows for many groups', async () => {
    assert.equal(
      await told({ keyParts: ['id'] }, [lines(20_000)]),
      'rows: nearly every record would be a group of its own',
    )
    const some = lines(20_000, (at) => ({ id: (at * 7_919) % 6_667 }))
    assert.match(
      await told({ keyParts: ['id'] }, [some]),
      /^rows: about [\d,]+ groups expected in only 20,000 records$/,
    )
  })

  test('is rows where functions throw', async () => {
    const partsPreprocess: readonly PartsFunction[] = [(parts) => (parts.id === 2_001 ? assert.fail('no') : parts)]
    assert.equal(
      await told({ partsPreprocess: [(parts) => (parts.k === 1 ? assert.fail(`no\nand no ${parts.id}`) : parts)] }),
      'rows: a record of the sample failed: partsPreprocess[0] threw AssertionError: no and no 1',
    )
    // It throws for no record that is read by itself.
    assert.equal(
      await told({ partsPreprocess: [(parts) => deserialize(serialize(parts))] }),
      'rows: a record of the sample failed: partsPreprocess[0] threw Error: #<Object> could not be cloned.',
    )
    assert.match(await told({ partsPreprocess }, [lines(50)]), /^groups: /)
  })

  test('is a scan for each keyset where these are few, and together many', async () => {
    const { keyParts: _, valueParts: __, ...rest } = base
    const keysets = {
      a: { keyParts: ['a'], valueParts: ['v'] },
      b: { keyParts: ['b'], valueParts: ['v', 'w'] },
    }
    const many = lines(20_000, (at) => ({ a: at % 149, b: at % 151 }))
    const options = { ...rest, keyParts: undefined, valueParts: undefined, keysets } as never
    const verdict = await verdictOf(options, [many])
    assert.deepEqual(namesOf(verdict), [
      [['a'], ['v']],
      [['b'], ['v', 'w']],
    ])
    assert.equal(verdict.reason, 'about 150 and 150 groups expected in 20,000 records, each keyset by itself')
    // Groups that are kept have all fields together, unless these are about as many as the records.
    const fewer = lines(20_000, (at) => ({ a: at % 37, b: at % 41 }))
    const both = [
      ['a', 'b'],
      ['v', 'w'],
    ]
    assert.equal(namesOf(await verdictOf(options, [fewer]))?.length, 2)
    assert.deepEqual(namesOf(await verdictOf(options, [fewer], { keepsGroups: true })), [both])
    assert.equal(namesOf(await verdictOf(options, [many], { keepsGroups: true }))?.length, 2)
    const few = await verdictOf(options, [lines(20_000, (at) => ({ a: at % 3, b: at % 5 }))])
    assert.deepEqual(namesOf(few), [
      [
        ['a', 'b'],
        ['v', 'w'],
      ],
    ])
  })
})

describe('functions that depend on more than their record go by rows', () => {
  let seen = 0
  const known = new Set<unknown>()
  const key =
    (value: () => unknown): PartsFunction =>
    (parts) =>
      set(parts, 'k', value())

  test.each<[what: string, own: PartsFunction, reason: string]>([
    ['chance', key(() => Math.random() < 0.5), 'functions ask for chance'],
    ['chance of crypto', key(() => crypto.randomUUID()), 'functions ask for chance'],
    ['the time', key(() => Date.now()), 'functions ask for the time'],
    ['a new date', key(() => new Date().getFullYear()), 'functions ask for the time'],
    ['the time as text', key(() => Date()), 'functions ask for the time'],
    ['a counter', key(() => ++seen % 10), 'functions give something else for the same record'],
    [
      'those seen',
      (parts) => (known.size === known.add(parts.id).size ? null : parts),
      'functions give something else for the same record',
    ],
  ])('%s', async (_, own, reason) => {
    const { Date: date } = globalThis
    const { now } = Date
    const { random } = Math
    const { engine, reason: told } = await verdictOf({ partsPreprocess: [own] })
    assert.deepEqual([engine, told], ['rows', reason])
    assert.deepEqual([globalThis.Date === date, Date.now === now, Math.random === random], [true, true, true])
    assert.equal((await verdictOf({ partsPreprocess: [own] }, [lines(50)], { choice: 'groups' })).engine, 'groups')
  })

  test('but not those that make a date of what a record has', async () => {
    const day: PartsFunction = (parts) => set(parts, 'k', new Date(Number(parts.v)).toISOString().slice(0, 10))
    assert.equal((await verdictOf({ partsPreprocess: [day] })).engine, 'groups')
    class Day extends Date {}
    assert.equal((await verdictOf({ partsPreprocess: [key(() => new Day(0).getTime())] })).engine, 'groups')
  })
})
