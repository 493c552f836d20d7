import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { jsonLines, type PartsFunction, RuleError } from '#hob/index.js'
import type { RunCounters } from '#hob/rule/counters.js'
import { Duck } from '#hob/rule/result/duck.js'
import { removeLate, runsOf } from '../arbitraries.js'
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
  await removeLate(folder)
})

/** What comes of a rule by groups that another kept, and of its input by rows. */
async function bothWays({ options, saved, files, cut, keyset, isParted }: KeptCase) {
  const inputs = files.map((file) => Buffer.from(file, 'latin1'))
  const hold: Parameters<typeof mapThrough>[2]['hold'] = (rule, outputs) =>
    outputs.map((output) => merged(rule, output))
  const again = await mapKeptThrough([saved, options], inputs, {
    ...{ cut: { ...cut, engine: 'groups' }, keyset, duck, isParted, hold },
  })
  if (again === null) return null
  const { paths: _, ...made } = again
  const { paths: __, ...fresh } = await mapThrough(options, inputs, { cut: { ...cut, engine: 'rows' }, keyset, hold })
  return { made: withoutHints(made), fresh: withoutHints(fresh) }
}

/** What kept groups hold has no names that could have been meant. */
function withoutHints<Told extends { readonly counters: readonly RunCounters[] }>(told: Told): Told {
  for (const { keysets } of told.counters) {
    for (const each of Object.values(keysets)) each.absent = each.absent.map((part) => ({ ...part, meant: null }))
  }
  return told
}

describe('from kept groups', () => {
  const ends = new Map<string, number>()
  const ended = (how: string): void => void ends.set(how, (ends.get(how) ?? 0) + 1)

  async function mapBoth(drawn: KeptCase): Promise<void> {
    const both = await bothWays(drawn).catch((error: unknown) => {
      if (!(error instanceof RuleError)) throw error
      return error.message.replace(/'.*'|: [^:]* threw .*/g, '…').slice(0, 110)
    })
    if (both === null || typeof both === 'string') return ended(both ?? 'not kept')
    ended('used')
    assert.deepEqual(both.made, both.fresh)
  }

  test('a rule makes, counts and tells what it does from its input', { timeout: 3_600_000 }, () =>
    fc.assert(fc.asyncProperty(keptCases, mapBoth), runsOf(200)),
  )

  test('many of these could', () => {
    const all = [...ends.values()].reduce((sum, count) => sum + count, 0)
    if (process.env.HOB_RULE_RUNS !== undefined) console.log(ends)
    assert.ok((ends.get('used') ?? 0) > all / 10, JSON.stringify([...ends]))
  })

  const base = { name: 'r', input: jsonLines(), keyParts: ['k'], valueParts: [{ countDistinct: 'c' }] }
  const one = { cut: { piecesBytes: 1e6, tasks: 1, groupsMax: 1_000, isGzip: false }, keyset: null, isParted: false }

  test('which are as they were before functions changed what they hold', async () => {
    const changes: PartsFunction = (parts) => {
      ;(parts.c as unknown[]).push(2)
      return parts
    }
    const both = await bothWays({
      ...one,
      saved: { ...base, partsPreprocess: [changes] },
      options: base,
      files: ['{"k":"a","c":[1]}\n'.repeat(9)],
    })
    assert.deepEqual(both?.made, both?.fresh)
    assert.deepEqual(both?.made.counters[0]?.rowsRead, 9)
  })

  test('with the places of lines that are bad, by line or by byte, however a file was cut', async () => {
    const lines = Array.from({ length: 60 }, (_, at) => (at % 7 === 3 ? 'no JSON' : '{"k":"a","c":1}'))
    const cut = { piecesBytes: 200, tasks: 2, groupsMax: 1_000, isGzip: false }
    const both = await bothWays({ ...one, cut, saved: base, options: base, files: [`${lines.join('\n')}\n`] })
    assert.deepEqual(both?.made, both?.fresh)
    const places = both?.made.bad.flatMap(({ list }) => list) ?? []
    assert.ok(places.some(({ line }) => line === null) && places.some(({ byte }) => byte === null))
  })
})
