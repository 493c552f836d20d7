import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import type { RunCounters } from '#hob/rule/counters.js'
import { Duck } from '#hob/rule/result/duck.js'
import { writeResult } from '#hob/rule/result/write-result.js'
import { runImmediately } from '#hob/rule/run/run-immediately.js'
import { cases, dataDoubles, runsOf } from './arbitraries.js'
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
  await rm(folder, { recursive: true })
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

async function run(module: string, files: readonly string[], threads: number): Promise<Ran> {
  await using outcome = await runImmediately({
    address: { module, rule: 'planned' },
    files,
    threads,
    runsFolder: folder,
  })
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
        const ran = await run(await writeModule(plan), await writeFiles(files), threads)
        assert.deepEqual(ran.csv, csvOf(expected))
        const { keysets } = ran.counters
        assert.deepEqual({ ...ran.counters, keysets: { ...none(expected), ...keysets } }, expected.counters)
      }),
      runsOf(8),
    ))

  test('sums to the same bytes with one worker, two and seven, on doubles of every size', async () => {
    const numbers = fc.sample(dataDoubles, { numRuns: 900, seed: 7 })
    const lines = numbers.map((number, at) => `{"a":"key ${at % 3}","n":${number}}\n`)
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
    for (const threads of [1, 2, 7]) assert.deepEqual((await run(module, paths, threads)).csv, expected)
    assert.deepEqual((await run(module, paths.toReversed(), 2)).csv, expected)
  })
})

/** Counters of keysets that nothing came to. */
const none = ({ results }: Expected): RunCounters['keysets'] =>
  Object.fromEntries(Object.keys(results).map((keyset) => [keyset, { rows: 0, keysMissing: 0, valuesNotNumeric: 0 }]))
