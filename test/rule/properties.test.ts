import assert from 'node:assert/strict'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { noKeysetCounters, type RunCounters } from '#hob/rule/counters.js'
import { Duck } from '#hob/rule/result/duck.js'
import { addCounters } from '#hob/rule/run/run-counters.js'
import { cases, removeLate, runsOf, withoutHints } from './arbitraries.js'
import { oracle } from './oracle.js'
import { optionsOf } from './plan.js'
import { type Cut, runThrough } from './real-path.js'

// A failure tells its seed and path; `fc.assert(…, { seed, path })` replays it.

let folder = ''
let duck: Duck

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-properties-'))
  duck = await Duck.open({ memoryBytes: 2 ** 28, threads: 1, folder })
})

afterAll(async () => {
  await duck.close()
  await removeLate(folder)
})

const cuts: fc.Arbitrary<Cut> = fc.record({
  piecesBytes: fc.constantFrom(40, 200, 1_000, 10_000),
  tasks: fc.integer({ min: 1, max: 3 }),
  groupsMax: fc.constantFrom(1, 5, 1_000, 1_000),
  isGzip: fc.boolean(),
  engine: fc.constantFrom('rows', 'groups', 'auto'),
})

test('a rule makes the rows and counts what its meaning says, however its input is cut', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(cases, cuts, async ({ plan, files }, cut) => {
      const options = optionsOf(plan)
      const expected = oracle(options, files)
      const real = await runThrough(options, files, { cut, duck })
      const csv = Object.entries(expected.results).map(([keyset, table]) => [keyset, table.csv])
      assert.deepEqual(real.csv, Object.fromEntries(csv))
      assert.deepEqual(totalOf(real.counters, expected.counters), { ...expected.counters, bytesRead: 0 })
    }),
    runsOf(150),
  ),
)

/** All tasks together, for the keysets that are expected; bytes are counted as they are stored. */
const totalOf = (tasks: readonly RunCounters[], { keysets }: RunCounters): RunCounters => ({
  ...withoutHints(addCounters([...tasks, { ...addCounters([]), keysets: expectedOnes(keysets) }])),
  bytesRead: 0,
})

const expectedOnes = (keysets: RunCounters['keysets']): RunCounters['keysets'] =>
  Object.fromEntries(Object.keys(keysets).map((name) => [name, noKeysetCounters()]))
