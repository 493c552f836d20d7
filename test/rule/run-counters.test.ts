import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import type { KeysetCounters, RunCounters } from '#hob/rule/counters.js'
import { addCounters } from '#hob/rule/run/run-counters.js'

const counted = (keyset: Partial<KeysetCounters>): RunCounters => ({
  ...{ rowsRead: 2, rowsBad: 0, rowsFiltered: 0, bytesRead: 9 },
  keysets: { _0: { rows: 2, keysMissing: 0, valuesNotNumeric: 1, ...keyset } as KeysetCounters },
})

describe('counters of map tasks', () => {
  test('that an older version kept are added up, and nothing is said of what it did not count', () => {
    const absent = [{ part: 'amuont', kind: 'value', meant: 'amount' }] as const
    const sum = { rows: 4, keysMissing: 0, valuesNotNumeric: 2, absent: [], rounded: ['id'] }
    const now = counted({ absent, rounded: ['id'] })
    assert.deepEqual(addCounters([counted({}), now]).keysets, { _0: sum })
    assert.deepEqual(addCounters([now, counted({})]).keysets, { _0: sum })
  })
})
