import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { engineLine, engineWord } from '#hob/cli/engine-words.js'
import { accountOf, type TaskAccount } from '#hob/rule/groups/engine-account.js'
import type { EngineVerdict } from '#hob/rule/groups/group-plan.js'

const GROUPS: EngineVerdict = { engine: 'groups', reason: 'few', plan: { scans: [], isForced: false } }
const ROWS: EngineVerdict = { engine: 'rows', reason: 'it has map', plan: null }

const byGroups = (rows: number, groups: number, singles = 0): TaskAccount => ({
  path: { engine: 'groups', reason: '', rows, groups },
  counters: { rowsRead: rows + singles },
})
const byRows: TaskAccount = {
  path: { engine: 'rows', reason: 'lower threw', rows: 0, groups: 0 },
  counters: { rowsRead: 1_000 },
}

describe('the engine of a run', () => {
  test.each<[line: string, word: string, verdict: EngineVerdict | undefined, tasks: readonly TaskAccount[]]>([
    ['rows: it has map', 'rows', ROWS, [byRows, byRows]],
    ['rows: it was planned by an older version', 'rows', undefined, [{ counters: { rowsRead: 1 } }]],
    ['groups: 1,201 rows in 1 group; few', 'groups', GROUPS, [byGroups(1_200, 1), byGroups(1, 0)]],
    ['groups: 0 rows in 0 groups; few', 'groups', GROUPS, []],
    [
      'groups, and rows in 1 of 3 tasks: 5 rows in 4 groups, 1,000 by themselves; lower threw',
      'both',
      GROUPS,
      [byGroups(2, 2), byRows, byGroups(3, 2)],
    ],
    ['groups: 5 rows in 2 groups, 1 by itself; few', 'groups', GROUPS, [byGroups(5, 2, 1)]],
    ['rows: lower threw', 'rows', GROUPS, [byRows, byRows]],
  ])('%s', (line, word, verdict, tasks) => {
    const account = accountOf('', verdict, tasks)
    assert.deepEqual([engineLine(account), engineWord([account])], [line, word])
  })

  test('of a run with rules that feed it is one word, or both', () => {
    const [rows, groups] = [accountOf('', ROWS, []), accountOf('inner', GROUPS, [])]
    assert.deepEqual(
      [engineWord([rows, groups]), engineWord([rows, rows]), engineWord([]), engineWord(undefined)],
      ['both', 'rows', '-', '-'],
    )
  })
})
