import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { RuleError } from '#hob/index.js'
import { Duck } from '#hob/rule/result/duck.js'
import { runsOf } from '../arbitraries.js'
import { mapKeptThrough, mapThrough } from '../real-path.js'
import { type KeptCase, keptCases } from './engine-cases.js'
import { merged } from './merged.js'

// What is made of groups that a run kept is what a run over its input makes. HOB_RULE_SEED and HOB_RULE_RUNS as in engines.test.ts.

let folder = ''
let duck: Duck

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-kept-'))
  duck = await Duck.open({ memoryBytes: 2 ** 28, threads: 1, folder })
})

afterAll(async () => {
  await duck.close()
  await rm(folder, { recursive: true })
})

describe('from kept groups', () => {
  const ends = new Map<string, number>()
  const ended = (how: string): void => void ends.set(how, (ends.get(how) ?? 0) + 1)

  async function mapBoth({ options, saved, files, cut, keyset, isParted }: KeptCase): Promise<void> {
    const inputs = files.map((file) => Buffer.from(file, 'latin1'))
    const hold: Parameters<typeof mapThrough>[2]['hold'] = (rule, outputs) =>
      outputs.map((output) => merged(rule, output))
    const again = await mapKeptThrough([saved, options], inputs, {
      ...{ cut: { ...cut, engine: 'groups' }, keyset, duck, isParted, hold },
    }).catch((error: unknown) => {
      if (!(error instanceof RuleError)) throw error
      return error.message
    })
    if (again === null || typeof again === 'string') {
      ended(again === null ? 'not kept' : again.replace(/'.*'|: [^:]* threw .*/g, '…').slice(0, 110))
      return
    }
    ended('used')
    const { paths: _, ...made } = again
    const { paths: __, ...fresh } = await mapThrough(options, inputs, { cut: { ...cut, engine: 'rows' }, keyset, hold })
    assert.deepEqual(made, fresh)
  }

  test('a rule makes, counts and tells what it does from its input', { timeout: 3_600_000 }, () =>
    fc.assert(fc.asyncProperty(keptCases, mapBoth), runsOf(200)),
  )

  test('many of these could', () => {
    const all = [...ends.values()].reduce((sum, count) => sum + count, 0)
    if (process.env.HOB_RULE_RUNS !== undefined) console.log(ends)
    assert.ok((ends.get('used') ?? 0) > all / 10, JSON.stringify([...ends]))
  })
})
