import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { csv, jsonLines } from '#hob/index.js'
import { GroupGrowth, shareMax } from '#hob/rule/groups/group-growth.js'

const ROWS = 1_000_000

/** Where a scan of a million records of 100 bytes gives up, looked at every 5,000 of them; null: it does not. */
function endOf(groupsAt: (rows: number) => number, reader = jsonLines()): number | null {
  const growth = new GroupGrowth(reader)
  for (let rows = 5_000; rows <= ROWS; rows += 5_000) {
    const at = { groups: Math.round(groupsAt(rows)), rows, bytes: rows * 100, bytesTotal: ROWS * 100 }
    if (growth.tooMany(at) !== null) return rows
  }
  return null
}

describe('a scan gives up', () => {
  test('soon, when each record is a group, or each second one', () => {
    assert.equal(
      endOf((rows) => rows),
      35_000,
    )
    assert.ok(Number(endOf((rows) => rows / 2)) < 300_000)
  })

  test('as soon as there are more and more', () => {
    assert.ok(Number(endOf((rows) => 10 + Math.max(0, rows - 500_000) * 0.9)) < 850_000)
  })

  test('never, when groups come ever more slowly, however many there were at first', () => {
    assert.equal(
      endOf((rows) => 200 * rows ** 0.5),
      null,
    )
    assert.equal(
      endOf((rows) => 200_000 * (1 - Math.exp(-rows / 200_000))),
      null,
    )
  })

  test('later, where records are long or CSV', () => {
    assert.equal(
      endOf((rows) => rows * 0.4, csv()),
      null,
    )
    assert.ok(Number(endOf((rows) => rows * 0.8, csv())) < 300_000)
    assert.deepEqual([shareMax(jsonLines(), 40), shareMax(csv(), 170), shareMax(csv(), 5_000)], [1 / 3, 0.85, 0.9])
  })
})
