import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { rule as ruleOf } from '#hob/index.js'
import { ScanMapper } from '#hob/rule/groups/scan-mapper.js'
import { GroupMapper } from '#hob/rule/map/row-mapper.js'
import { Spill } from '#hob/rule/map/spill.js'
import { scratchFolder, spilled } from '../map-task.js'
import { merged } from './merged.js'

/** Each record gives two, of keys of their own. */
const rule = ruleOf({
  name: 'keys',
  keysets: {
    user: { keyParts: ['user'], valueParts: ['n', { max: 'n' }] },
    kind: { keyParts: ['kind'], valueParts: ['n'] },
    texts: { keyParts: ['user'], valueParts: [{ countDistinct: 'user' }] },
  },
  partsPreprocess: [
    function* twice(parts) {
      yield parts
      yield { ...parts, user: `${parts.user}!`, n: 0.5 }
    },
  ],
})

const FIELDS = ['user', 'kind', 'n']

/** What spills come to, and how many lines they have. */
function made(users: readonly string[], ofRows: boolean) {
  const spill = new Spill(scratchFolder(), 'k')
  const scope = { rule, params: {}, keysets: rule.keysets }
  const mapper = new GroupMapper(rule.keysets, { ...scope, groupsMax: 1_000_000, spill })
  const scan = { keysets: rule.keysets.map(({ name }) => name), fields: null, values: [] }
  const mapping = new ScanMapper(scan, { ...scope, mapper })
  for (const [at, user] of users.entries()) {
    const parts = Object.fromEntries([user, `${at % 3}`, at].map((value, place) => [FIELDS[place] ?? '', value]))
    if (ofRows || at % 10 === 9) mapper.take(parts)
    else assert.equal(mapping.take({ fields: [parts], count: 1, values: [] }), 6)
  }
  mapper.spill()
  const output = { spills: spill.close() } as never
  const lines = (keyset: string) => spilled(output, 'groups', keyset).length
  return { all: merged(rule, output), counters: mapper.counters, lines: { user: lines('user'), kind: lines('kind') } }
}

describe('keys that are all different', () => {
  const different = Array.from({ length: 8_000 }, (_, at) => `user ${at}`)

  test('are not looked for, and count as they do otherwise', () => {
    const users = [...different, ...different.slice(0, 500), ...different]
    const byGroups = made(users, false)
    const byRows = made(users, true)
    assert.deepEqual(byGroups.all, byRows.all)
    assert.deepEqual(byGroups.counters, byRows.counters)
    assert.equal(byRows.lines.user, 16_000)
    assert.ok(byGroups.lines.user > 16_000)
    assert.equal(byGroups.lines.kind, 3)
  })

  test('are looked for again when they come again', () => {
    const users = Array.from({ length: 8 }, () => different).flat()
    assert.ok(made(users, false).lines.user < 4 * 16_000)
  })
})
