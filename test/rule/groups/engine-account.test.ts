import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { engineLine, engineWord } from '#hob/cli/engine-words.js'
import { accountOf } from '#hob/rule/groups/engine-account.js'
import type { EngineVerdict, MapPath } from '#hob/rule/groups/group-plan.js'

const GROUPS: EngineVerdict = { engine: 'groups', reason: 'few', plan: { scans: [], isForced: false } }
const ROWS: EngineVerdict = { engine: 'rows', reason: 'it has map', plan: null }

const byGroups = (rows: number, groups: number): MapPath => ({ engine: 'groups', reason: '', rows, groups })
const byRows: MapPath = { engine: 'rows', reason: 'lower threw', rows: 0, groups: 0 }

describe('the engine of a run', () => {
  test.each<[line: string, word: string, verdict: EngineVerdict | undefined, paths: readonly (MapPath | undefined)[]]>([
    ['rows: it has map', 'rows', ROWS, [byRows, byRows]],
    ['rows: it was planned by an older version', 'rows', undefined, [undefined]],
    ['groups: 1,201 rows in 1 group; few', 'groups', GROUPS, [byGroups(1_200, 1), byGroups(1, 0)]],
    ['groups: 0 rows in 0 groups; few', 'groups', GROUPS, []],
    [
      'groups, and rows in 1 of 3 tasks: 5 rows in 4 groups; lower threw',
      'both',
      GROUPS,
      [byGroups(2, 2), byRows, byGroups(3, 2)],
    ],
    ['rows: lower threw', 'rows', GROUPS, [byRows, byRows]],
  ])('%s', (line, word, verdict, paths) => {
    const account = accountOf('', verdict, paths)
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
