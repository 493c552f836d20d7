import assert from 'node:assert/strict'
import { readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { describe, test } from 'vitest'
import { RuleError } from '#hob/core/errors.js'
import { type RunOutcome, type RunRequest, runImmediately } from '#hob/index.js'
import { Duck } from '#hob/rule/result/duck.js'
import { parquetRows } from '#hob/rule/result/parquet-rows.js'
import { RunFarm } from '../support/rule/run-farm.js'

// Runs that go on from what another kept: what they make and tell is what a run over the input makes and tells.

const shop = (options: string): string => `
import { count, jsonLines, lines, parquet, rule } from 'hob'
export default [rule({ name: 'sales', input: jsonLines(), maxBadRatio: 1, ${options} })]
`

const SAVED = `partsPreprocess: [count], keysets: {
  by_shop: { keyParts: ['shop', 'day'], valueParts: ['count', 'amount', { max: 'amount' }] },
  users: { keyParts: ['shop'], valueParts: [{ countDistinct: 'user' }] },
}`

/** Another keyset, other functions, another parameter. */
const CHANGED = `params: { most: 3 }, partsPreprocess: [(p, { most }) => (Number(p.user) > most ? null : count(p))],
  fieldTransforms: { day: (day) => 'day ' + day }, keysets: {
    by_day: { keyParts: ['day'], valueParts: ['count', { avg: 'amount' }, { countDistinct: 'user' }] },
    shops: { keyParts: ['user', 'shop'], valueParts: ['amount'] },
  }`

/** Lines that are scanned, lines that are not, and lines that are bad. */
function records(count: number): string {
  const lines = Array.from({ length: count }, (_, at) => {
    if (at % 97 === 0) return '{"shop":"\\u0061","day":1,"user":"4","amount":"x"}'
    if (at % 101 === 0) return '{"shop":"a","day":'
    const amount = at % 3 === 0 ? at / 10 : at % 7 === 0 ? '"none"' : at
    return `{"id":${at},"shop":"${'abc'[at % 3]}","day":${at % 5},"user":${at % 11},"amount":${amount}}`
  })
  return `${lines.join('\n')}\n`
}

async function open(options: string): Promise<RunFarm> {
  const farm = await RunFarm.open(shop(options))
  await farm.writeBeside('sales.jsonl', records(3_000))
  return farm
}

const run = (farm: RunFarm, more: Partial<RunRequest> = {}): Promise<RunOutcome> =>
  runImmediately({
    address: { module: farm.module, rule: 'sales' },
    files: [farm.path('sales.jsonl')],
    ...{ runsFolder: farm.path('runs'), threads: 1, memoryBytes: 2 ** 28 },
    ...more,
  })

const goOn = (farm: RunFarm, { folder }: RunOutcome, more: Partial<RunRequest> = {}): Promise<RunOutcome> =>
  run(farm, { resume: { folder: folder ?? '', from: 'map' }, files: [], ...more })

/** All that a run makes and tells, but for how long it took. */
async function told(outcome: RunOutcome): Promise<unknown> {
  const duck = await Duck.open({ memoryBytes: 64 * 1024 * 1024, threads: 1, folder: tmpdir() })
  try {
    const rows: unknown[] = []
    for (const { file, keyset, columns } of outcome.results) {
      rows.push(keyset, columns)
      for await (const batch of parquetRows(duck, file)) rows.push(...batch)
    }
    const { counters, badRows } = outcome
    return { rows, counters, badRows }
  } finally {
    await duck.close()
  }
}

async function refusal(running: Promise<RunOutcome>): Promise<string> {
  const error = await running.then(
    () => assert.fail('it went on'),
    (thrown) => thrown as unknown,
  )
  assert.ok(error instanceof RuleError, String(error))
  assert.equal(error.code, 'input')
  assert.match(error.hint ?? '', /without --process-map/)
  return error.message.replace('what the run kept is of no use to the rule as it is now: ', '')
}

describe('a run that goes on from kept groups', () => {
  test('with other keysets, functions and parameters makes what one over the input makes, also when that is gone', async () => {
    await using farm = await open(SAVED)
    await using kept = await run(farm, { save: true })
    await farm.write(shop(CHANGED))
    const params = { most: 7 }
    await using fresh = await run(farm, { engine: 'rows', params })
    await rm(farm.path('sales.jsonl'))
    await using again = await goOn(farm, kept, { params })
    assert.deepEqual(await told(again), await told(fresh))
    const [account] = again.engines
    assert.deepEqual([account?.engine, account?.reason], ['groups', `those that ${kept.run} kept`])
    assert.ok((account?.groups ?? 0) > 0 && (account?.groups ?? 0) < 1_000, JSON.stringify(account))
    await using one = await goOn(farm, kept, { params, keyset: 'shops' })
    assert.deepEqual(
      one.results.map(({ keyset, rowCount }) => [keyset, rowCount]),
      fresh.results.filter(({ keyset }) => keyset === 'shops').map(({ keyset, rowCount }) => [keyset, rowCount]),
    )
  })

  test('keeps them itself, and another goes on from it', async () => {
    await using farm = await open(SAVED)
    const first = await run(farm, { save: true })
    await farm.write(shop(CHANGED))
    await using second = await goOn(farm, first, { save: true })
    await first[Symbol.asyncDispose]()
    await rm(first.folder ?? '', { recursive: true })
    await farm.write(shop(`${CHANGED}, partsPostprocess: [(row) => ({ ...row, more: 1 })]`))
    await using third = await goOn(farm, second)
    await using fresh = await run(farm, { engine: 'rows' })
    assert.deepEqual(await told(third), await told(fresh))
  })

  test('calls no function where nothing was changed', async () => {
    await using farm = await open(SAVED)
    await using kept = await run(farm, { save: true })
    await using again = await goOn(farm, kept)
    assert.deepEqual(await told(again), await told(kept))
    assert.deepEqual(again.engines, kept.engines)
  })

  test('of Parquet takes its values as they are', async () => {
    const values = ['amount', { max: 'amount' }, { count: 'json' }].map((value) => JSON.stringify(value)).join()
    const saved = `input: parquet(), keyParts: ['shop', 'size', 'json'], valueParts: [${values}]`
    await using farm = await open(saved)
    const duck = await Duck.open({ memoryBytes: 64 * 1024 * 1024, threads: 1, folder: tmpdir() })
    const files = ['one.parquet', 'two.parquet'].map((name) => farm.path(name))
    try {
      const shop = `CASE WHEN i % 5 > 0 THEN chr((97 + i % 3)::INT) END`
      const size = `CASE i % 7 WHEN 0 THEN 'nan'::DOUBLE WHEN 1 THEN '-inf'::DOUBLE WHEN 2 THEN '-0.0'::DOUBLE ELSE i % 4 / 3 END`
      const json = `(CASE i % 3 WHEN 0 THEN '{"b":[1e400,-0.0],"a":"é"}' WHEN 1 THEN 'null' ELSE '"' || chr(65279) || 'x"' END)::JSON`
      const columns = `${shop} AS shop, ${size} AS size, ${json} AS json`
      await duck.run(`COPY (SELECT ${columns}, i / 7 AS amount FROM range(2000) t(i)) TO '${files[0]}'`)
      await duck.run(`COPY (SELECT ${columns}, 10::HUGEINT ** 15 * i AS amount FROM range(500) t(i)) TO '${files[1]}'`)
    } finally {
      await duck.close()
    }
    await using kept = await run(farm, { save: true, files, engine: 'groups' })
    assert.equal(kept.engines[0]?.engine, 'groups')
    const text = `(p) => ({ k: JSON.stringify([p.shop, p.size, Object.is(p.size, -0), String(p.size), p.json, String(p.json?.b)]), amount: p.amount })`
    await farm.write(shop(`input: parquet(), partsPreprocess: [${text}], keyParts: ['k'], valueParts: ['amount']`))
    assert.match(
      await refusal(goOn(farm, kept)),
      /it does not have the field 'amount', which functions or keysets ask for/,
    )
    const fills = `(p) => { p.shop = JSON.stringify([p.shop, p.size, Object.is(p.size, -0), String(p.size), p.json, String(p.json?.b)]); return p }`
    await farm.write(shop(`input: parquet(), partsPreprocess: [${fills}], keyParts: ['shop'], valueParts: [${values}]`))
    await using again = await goOn(farm, kept)
    await using fresh = await run(farm, { engine: 'rows', files })
    assert.deepEqual(await told(again), await told(fresh))
    const keys = JSON.stringify(await told(again))
    for (const word of ['true', 'NaN', '-Infinity', 'Infinity,0', 'é', '\uFEFF']) assert.ok(keys.includes(word), word)
  })

  test('has the results of rules that feed it as they were kept', async () => {
    const fed = (options: string): string => `
      import { count, jsonLines, rule } from 'hob'
      const users = rule({ name: 'users', sourceUrls: ['sales.jsonl'], input: jsonLines(), keyParts: ['user', 'day'], valueParts: ['amount'] })
      export default [rule({ name: 'sales', sourceTags: [users], input: jsonLines(), partsPreprocess: [count], ${options} })]`
    await using farm = await open('')
    await farm.writeBeside('more.jsonl', '{"user":"more","day":9,"amount":1}\n')
    await farm.write(fed(`keyParts: ['user', 'day'], valueParts: ['count', 'amount']`))
    const files = [farm.path('more.jsonl')]
    await using kept = await run(farm, { files, save: true })
    await farm.write(fed(`keyParts: ['day'], valueParts: ['count', { avg: 'amount' }]`))
    await using fresh = await run(farm, { files })
    await rm(farm.path('sales.jsonl'))
    await using again = await goOn(farm, kept)
    assert.deepEqual(await told(again), await told(fresh))
  })

  test('does not begin again without them when its rule is edited meanwhile', async () => {
    await using farm = await open(SAVED)
    await using kept = await run(farm, { save: true })
    const edit = `ruleInit: () => appendFileSync(new URL(import.meta.url), ' ')`
    await farm.write(`import { appendFileSync } from 'node:fs'${shop(`${edit}, ${SAVED}`)}`)
    for (const from of ['map', 'results'] as const) {
      const going = run(farm, { resume: { folder: kept.folder ?? '', from }, files: [] })
      await assert.rejects(going, { code: 'input', message: /was changed since its run began, or/ })
    }
  })

  test('tells of a function that never ends, and at which group', async () => {
    await using farm = await open(SAVED)
    await using kept = await run(farm, { save: true })
    const never = 'stallMs: 300, partsPreprocess: [function never(p) { for (;;); }]'
    await farm.write(shop(SAVED.replace('partsPreprocess: [count]', never)))
    await assert.rejects(goOn(farm, kept), {
      code: 'stalled',
      message: /: never, at record 1 of a sample of what the run kept, made no progress/,
    })
  })

  const REFUSED = [
    [
      'a field that was not kept',
      SAVED.replace("'day'", "'id'"),
      `it does not have the field 'id', which functions or keysets ask for`,
    ],
    [
      'a value of which sums were kept',
      SAVED.replace('[count]', '[count, (p) => { p.amount = Number(p.amount) * 2; return p }]'),
      `it does not have the field 'amount', which functions or keysets ask for`,
    ],
    [
      'the whole record',
      SAVED.replace('[count]', '[(p) => ({ ...p, count: 1 })]'),
      'it does not have all fields of a record, which functions or keysets ask for',
    ],
    ['another reader', SAVED.replace('partsPre', 'input: lines(), partsPre'), 'its input is read in another way'],
    [
      'a function that fails',
      SAVED.replace('[count]', "[count, function no(p) { if (p.user === 5) throw new Error('not 5'); return p }]"),
      'a group of records failed: no threw Error: not 5',
    ],
    ['the time', SAVED.replace('[count]', '[(p) => (Date.now() > 0 ? count(p) : null)]'), 'functions ask for the time'],
    ['a rule that goes by rows', `pure: false, ${SAVED}`, 'pure is false'],
    ['map', `*map(p) { yield [p.shop, 1] }, *reduce(k) { yield { k } }, columns: ['k']`, 'it has map'],
  ] as const

  test('is refused what they do not have, or do not tell', async () => {
    await using farm = await open(SAVED)
    await using kept = await run(farm, { save: true })
    const before = await readdir(farm.path('runs'))
    for (const [what, options, says] of REFUSED) {
      await farm.write(shop(options))
      assert.equal(await refusal(goOn(farm, kept)), says, what)
      assert.deepEqual(await readdir(farm.path('runs')), before)
    }
  })
})

describe('a run that goes on from a map by rows', () => {
  test('does so with another postprocess, and with the bounds of its rule as they are now', async () => {
    await using farm = await open(SAVED)
    await using kept = await run(farm, { save: true, engine: 'rows' })
    await farm.write(shop(`${SAVED}, partsPostprocess: [(row) => ({ ...row, more: 1 })]`))
    await using again = await goOn(farm, kept)
    await using fresh = await run(farm, { engine: 'rows' })
    assert.deepEqual(await told(again), await told(fresh))
    await farm.write(shop(SAVED.replace('partsPre', 'maxBadRatio: 0, partsPre')))
    await assert.rejects(goOn(farm, kept), { code: 'bad-rows' })
  })

  const CHANGES = [
    ['a function', SAVED.replace('[count]', '[(p) => count(p)]'), {}, 'functions of its map were changed'],
    ['a keyset', SAVED.replace("'day'", "'user'"), {}, 'its keysets were changed'],
    ['a parameter', SAVED, { params: { a: 1 } }, 'the parameters or the keyset were changed'],
    ['the keyset that is asked for', SAVED, { keyset: 'users' }, 'the parameters or the keyset were changed'],
  ] as const

  test('is refused one that is another than it was', async () => {
    await using farm = await open(SAVED)
    await using kept = await run(farm, { save: true, engine: 'rows' })
    for (const [what, options, more, says] of CHANGES) {
      await farm.write(shop(options))
      const since = 'and it kept no groups, since it went by rows (asked for)'
      assert.equal(await refusal(goOn(farm, kept, more)), `${says}, ${since}`, what)
    }
  })

  test('tells why some of its tasks have no groups', async () => {
    const fails = SAVED.replace(
      '[count]',
      "[count, function no(p) { if (p.user === 5) throw new Error('not 5'); return p }]",
    )
    await using farm = await open(fails)
    await using kept = await run(farm, { save: true, engine: 'groups' })
    assert.ok(kept.counters.rowsBad > 100)
    await farm.write(shop(SAVED))
    assert.equal(
      await refusal(goOn(farm, kept)),
      'functions of its map were changed, and it kept no groups, since some records went by rows (a group of records failed: no threw Error: not 5)',
    )
  })
})
