import assert from 'node:assert/strict'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { openKitchen } from '#hob/kitchen.js'
import type { RunCounters } from '#hob/rule/counters.js'
import { Duck } from '#hob/rule/result/duck.js'
import { writeResult } from '#hob/rule/result/write-result.js'
import type { RunRequest } from '#hob/rule/run/run-request.js'
import { runImmediately } from '#hob/rules.js'
import { cases, dataDoubles, fractions, removeLate, runsOf, withoutHints } from './arbitraries.js'
import { type Expected, oracle } from './oracle.js'
import { optionsOf, type Plan } from './plan.js'

const PLAN = fileURLToPath(new URL('./plan.ts', import.meta.url))

let folder = ''
let duck: Duck

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-workers-'))
  duck = await Duck.open({ memoryBytes: 2 ** 28, threads: 1, folder })
})

afterAll(async () => {
  await duck.close()
  await removeLate(folder)
})

interface Ran {
  readonly csv: Readonly<Record<string, string>>
  readonly counters: RunCounters
}

let made = 0

/** A module as a user would write it: threads load it from its file. JSON.parse, since a literal would take `__proto__` for a prototype. */
async function writeModule(plan: Plan): Promise<string> {
  const module = join(folder, `module${made++}.ts`)
  const json = JSON.stringify(JSON.stringify(plan))
  const lines = [
    "import { rule } from 'hob'",
    `import { optionsOf } from ${JSON.stringify(PLAN)}`,
    `export default [rule(optionsOf(JSON.parse(${json})))]`,
  ]
  await writeFile(module, lines.join('\n'))
  return module
}

async function writeFiles(files: readonly Buffer[]): Promise<readonly string[]> {
  const paths = files.map((_, index) => join(folder, `input${made}-${index}`))
  await Promise.all(files.map((bytes, index) => writeFile(paths[index] ?? '', bytes)))
  return paths
}

async function run(module: string, input: Omit<RunRequest, 'address'>): Promise<Ran> {
  await using outcome = await runImmediately({ address: { module, rule: 'planned' }, runsFolder: folder, ...input })
  const csv: Record<string, string> = {}
  for (const result of outcome.results) {
    const file = join(folder, `output${made++}.csv`)
    await writeResult(duck, result, 'csv', file)
    csv[result.keyset] = await readFile(file, 'utf8')
  }
  return { csv, counters: outcome.counters }
}

const csvOf = ({ results }: Expected): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(results).map(([keyset, { csv }]) => [keyset, csv]))

describe('a run', { timeout: 60_000 }, () => {
  test('makes what the meaning of its rule says, whatever the number of workers', () =>
    fc.assert(
      fc.asyncProperty(cases, fc.constantFrom(1, 2, 7), async ({ plan, files }, threads) => {
        const expected = oracle(optionsOf(plan), files)
        const { rowsRead, rowsBad } = expected.counters
        // A run of bad records alone fails.
        fc.pre(rowsBad === 0 || rowsBad < rowsRead)
        const ran = await run(await writeModule(plan), { files: await writeFiles(files), threads })
        assert.deepEqual(ran.csv, csvOf(expected))
        assert.deepEqual(countersOf(ran, expected), { ...expected.counters, bytesRead: 0 })
      }),
      runsOf(8),
    ))

  test('makes the same of blobs, however they are cut and compressed', async () => {
    await using kitchen = await openKitchen(`sqlite:${join(folder, 'blobs.db')}`)
    const blobs = await kitchen.blobs(`file:${join(folder, 'blobs')}`)
    const chunkOptions = fc.record({ bytesMax: fc.constantFrom(1, 30, 200, 5_000), compress: fc.boolean() })
    const rules = cases.filter(({ plan, files }) => plan.input.kind === 'jsonLines' && files.length > 0)
    await fc.assert(
      fc.asyncProperty(rules, chunkOptions, fc.constantFrom(1, 2), async ({ plan, files }, options, threads) => {
        const expected = oracle(optionsOf(plan), files)
        const { rowsRead, rowsBad } = expected.counters
        fc.pre(rowsBad === 0 || rowsBad < rowsRead)
        const tag = `in:${made++}`
        // Two files of one name and content would be one blob.
        const sources = files.map((bytes, at) => ({ name: `part${at}.jsonl`, chunks: each([bytes]) }))
        await blobs.chunk(tag, sources, options)
        const input = {
          kitchen,
          store: blobs.store,
          blobs: (await blobs.tags(tag)).length === 0 ? [] : await blobs.list(tag),
        }
        const ran = await run(await writeModule(plan), { ...input, archive: false, threads })
        assert.deepEqual(ran.csv, csvOf(expected))
        assert.deepEqual(countersOf(ran, expected), { ...expected.counters, bytesRead: 0 })
      }),
      runsOf(6),
    )
  })

  test('sums to the same bytes with one worker, two and seven, on doubles of every size', async () => {
    const small = fc.sample(fractions, { numRuns: 600, seed: 7 })
    const every = fc.sample(dataDoubles, { numRuns: 300, seed: 7 })
    const lines = [...small, ...every].map(
      (number, at) => `{"a":"key ${at < 600 ? at % 20 : 'of all'}","n":${number}}\n`,
    )
    const files = Array.from({ length: 9 }, (_, part) => lines.filter((_, at) => at % 9 === part).join(''))
    const plan: Plan = {
      ...{
        input: { kind: 'jsonLines' },
        partitions: 2,
        partsPreprocess: [],
        fieldTransforms: {},
        partsPostprocess: [],
      },
      keysets: [{ keyParts: ['a'], valueParts: ['n', { avg: 'n' }], partsPreprocess: [], columnMappings: {} }],
      reducer: null,
    }
    const contents = files.map((text) => Buffer.from(text))
    const module = await writeModule(plan)
    const paths = await writeFiles(contents)
    const expected = csvOf(oracle(optionsOf(plan), contents))
    for (const threads of [1, 7]) assert.deepEqual((await run(module, { files: paths, threads })).csv, expected)
    assert.deepEqual((await run(module, { files: paths.toReversed(), threads: 2 })).csv, expected)
  })
})

/** Without bytes, which are counted as they are stored, and hints; with keysets that nothing came to. */
function countersOf({ counters }: Ran, { results }: Expected): RunCounters {
  const none = { rows: 0, keysMissing: 0, valuesNotNumeric: 0, absent: [], rounded: [] }
  const nothing = Object.fromEntries(Object.keys(results).map((keyset) => [keyset, none]))
  return withoutHints({ ...counters, bytesRead: 0, keysets: { ...nothing, ...counters.keysets } })
}

async function* each(chunks: readonly Buffer[]): AsyncGenerator<Buffer> {
  yield* chunks
}
