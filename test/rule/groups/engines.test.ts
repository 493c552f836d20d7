import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { RuleError } from '#hob/index.js'
import type { EngineChoice, MapPath } from '#hob/rule/groups/group-plan.js'
import { Duck } from '#hob/rule/result/duck.js'
import { cases, removeLate, runsOf } from '../arbitraries.js'
import { optionsOf } from '../plan.js'
import { mapThrough, runThrough, type Told } from '../real-path.js'
import { type EngineCase, engineCases } from './engine-cases.js'
import { merged } from './merged.js'

// Both engines are one rule: what they make and what they tell is the same, byte by byte. A failure tells its seed and path;
// HOB_RULE_SEED and HOB_RULE_RUNS say which cases are drawn and how many.

let folder = ''
let duck: Duck

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-engines-'))
  duck = await Duck.open({ memoryBytes: 2 ** 28, threads: 1, folder })
})

afterAll(async () => {
  await duck.close()
  await removeLate(folder)
})

const bytesOf = ({ files }: EngineCase): readonly Buffer[] => files.map((file) => Buffer.from(file, 'latin1'))

const engines = fc.constantFrom('groups', 'groups', 'auto')

/** All that a run makes and how it went, or why it failed. */
async function outcomeOf<Made extends Told>(run: Promise<Made>) {
  try {
    const { paths, ...made } = await run
    return { paths, made }
  } catch (error) {
    if (!(error instanceof RuleError)) throw error
    return { paths: [], made: `${error.code}: ${error.message}` }
  }
}

/** The same again and again, over several blocks: what is at the end of one is not always the same. */
const enlarged = ({ files, ...drawn }: EngineCase): EngineCase => ({
  ...drawn,
  cut: { ...drawn.cut, piecesBytes: drawn.cut.piecesBytes * 2_000 },
  files: files
    .slice(0, 1)
    .map((file) => file.replace(/^\xef\xbb\xbf/, '').repeat(Math.ceil(700_000 / (file.length + 1)))),
})

/** The rules and files of the properties that go by the oracle. */
const plannedCases: fc.Arbitrary<EngineCase> = fc
  .record({ drawn: cases, piecesBytes: fc.constantFrom(40, 200, 10_000), groupsMax: fc.constantFrom(1, 5, 1_000) })
  .map(({ drawn: { plan, files }, ...cut }) => ({
    options: optionsOf({ ...plan, reducer: null }),
    files: files.map((file) => file.toString('latin1')),
    cut: { ...cut, tasks: 1, isGzip: false },
    keyset: null,
  }))

/** Groups were asked for, and cannot be. */
const isRefused = (made: unknown): boolean => typeof made === 'string' && made.includes('cannot go by groups')

describe('by groups', () => {
  const paths: MapPath[] = []

  /** Maps a case by rows, and by another engine. */
  async function mapBoth(drawn: EngineCase, engine: EngineChoice): Promise<void> {
    const map = (engine: EngineChoice) =>
      outcomeOf(
        mapThrough(drawn.options, bytesOf(drawn), {
          cut: { ...drawn.cut, engine },
          keyset: drawn.keyset,
          hold: (rule, outputs) => outputs.map((output) => merged(rule, output)),
        }),
      )
    const rows = await map('rows')
    const groups = await map(engine)
    fc.pre(!isRefused(groups.made))
    paths.push(...groups.paths)
    assert.deepEqual(groups.made, rows.made)
  }

  test('a map makes, counts and tells what it does by rows', { timeout: 3_600_000 }, () =>
    fc.assert(fc.asyncProperty(engineCases, engines, mapBoth), runsOf(300)),
  )

  test('so it does for the rules that the oracle is asked', { timeout: 3_600_000 }, () =>
    fc.assert(fc.asyncProperty(plannedCases, engines, mapBoth), runsOf(300)),
  )

  test('a map of several blocks does, too', { timeout: 3_600_000 }, () =>
    fc.assert(fc.asyncProperty(engineCases.map(enlarged), engines, mapBoth), runsOf(15)),
  )

  test('a rule has the result that it has by rows', { timeout: 3_600_000 }, () =>
    fc.assert(
      fc.asyncProperty(engineCases, engines, async (drawn, engine) => {
        const run = (engine: EngineChoice) =>
          outcomeOf(runThrough(drawn.options, bytesOf(drawn), { cut: { ...drawn.cut, engine }, duck }))
        const { made } = await run(engine)
        fc.pre(!isRefused(made))
        assert.deepEqual(made, (await run('rows')).made)
      }),
      runsOf(20),
    ),
  )

  test('many of these went by groups', () => {
    const grouped = paths.filter(({ engine, rows }) => engine === 'groups' && rows > 0)
    const rows = grouped.reduce((sum, path) => sum + path.rows, 0)
    const groups = grouped.reduce((sum, path) => sum + path.groups, 0)
    if (process.env.HOB_RULE_RUNS !== undefined) {
      const reasons = new Map<string, number>()
      for (const { engine, reason } of paths) {
        const short = `${engine}: ${reason.replace(/\d[\d,]*/g, '#').slice(0, 80)}`
        reasons.set(short, (reasons.get(short) ?? 0) + 1)
      }
      console.log(reasons)
      console.log({ tasks: paths.length, grouped: grouped.length, rows, groups })
    }
    assert.ok(grouped.length > paths.length / 5, `${grouped.length} of ${paths.length} tasks`)
  })
})
