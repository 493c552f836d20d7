import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import type { RunCounters } from '#hob/rule/counters.js'
import { Duck } from '#hob/rule/result/duck.js'
import { writeResult } from '#hob/rule/result/write-result.js'
import { runImmediately } from '#hob/rule/run/run-immediately.js'
import { cases, doubles, runsOf } from './arbitraries.js'
import { oracle } from './oracle.js'
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

let modules = 0

/** A module as a user would write it: threads load it from its file. JSON.parse, since a literal would take `__proto__` for a prototype. */
async function writeModule(plan: Plan): Promise<string> {
  const module = join(folder, `module${modules++}.ts`)
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
  const paths = files.map((_, index) => join(folder, `input${modules}-${index}`))
  await Promise.all(files.map((bytes, index) => writeFile(paths[index] ?? '', bytes)))
  return paths
}

async function run(module: string, files: readonly string[], threads: number): Promise<Ran> {
  await using outcome = await runImmediately({ address: { module, rule: 'planned' }, files, threads })
  const csv: Record<string, string> = {}
  for (const result of outcome.results) csv[result.keyset] = await csvOf(result)
  return { csv, counters: outcome.counters }
}
