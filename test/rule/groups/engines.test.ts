import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import { rule as ruleOf } from '#hob/index.js'
import type { MapOutput } from '#hob/rule/map-output.js'
import type { RuleDefinition } from '#hob/rule/rule.js'
import { cases, runsOf } from '../arbitraries.js'
import { filesOf, mapFiles } from '../map-task.js'
import { optionsOf } from '../plan.js'
import { merged } from './merged.js'

const cuts = fc.record({
  piecesBytes: fc.constantFrom(40, 200, 1_000, 10_000),
  groupsMax: fc.constantFrom(1, 5, 1_000, 1_000),
})

test('a task makes the same by groups as by rows: groups, counters, bad rows', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(cases, cuts, async ({ plan, files }, cut) => {
      const options = optionsOf({ ...plan, reducer: null })
      const rule = ruleOf(options)
      const inputs = filesOf(...files)
      const byRows = await mapFiles(options, inputs, cut)
      const byGroups = await mapFiles(options, inputs, { ...cut, engine: 'groups' })
      assert.deepEqual(told(rule, byGroups), told(rule, byRows))
    }),
    runsOf(1_000),
  ),
)

const told = (rule: RuleDefinition, output: MapOutput): unknown => ({
  made: merged(rule, output),
  counters: output.counters,
  badRows: output.badRows,
})
