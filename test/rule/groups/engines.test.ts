import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import type { RunCounters } from '#hob/rule/counters.js'
import { Duck } from '#hob/rule/result/duck.js'
import { cases, runsOf } from '../arbitraries.js'
import { optionsOf } from '../plan.js'
import { type Cut, type Real, runThrough } from '../real-path.js'

let folder = ''
let duck: Duck

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-engines-'))
  duck = await Duck.open({ memoryBytes: 2 ** 28, threads: 1, folder })
})

afterAll(async () => {
  await duck.close()
  await rm(folder, { recursive: true })
})

const cuts: fc.Arbitrary<Cut> = fc.record({
  piecesBytes: fc.constantFrom(40, 200, 1_000, 10_000),
  tasks: fc.integer({ min: 1, max: 3 }),
  groupsMax: fc.constantFrom(1, 5, 1_000, 1_000),
  isGzip: fc.boolean(),
})

test('a rule makes the same by groups as by rows: results, counters, bad rows', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(cases, cuts, async ({ plan, files }, cut) => {
      const options = optionsOf({ ...plan, reducer: null })
      const byRows = await runThrough(options, files, { cut, duck })
      const byGroups = await runThrough(options, files, { cut: { ...cut, engine: 'groups' }, duck })
      assert.deepEqual(told(byGroups), told(byRows))
    }),
    runsOf(150),
  ),
)

const told = ({ csv, counters, badRows }: Real): unknown => ({ csv, counters: counters.map(plain), badRows })

const plain = (counters: RunCounters): RunCounters => ({ ...counters })
