import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { GroupScan } from '#hob/rule/groups/group-plan.js'
import { scanClusters } from '#hob/rule/groups/scan-clusters.js'

const COUNTS: Readonly<Record<string, number>> = { user: 5_000, country: 40, day: 3, task: 20 }

/** As if each field were another one for each record, but for the user, who has one country. */
const groupsOf = ({ fields }: GroupScan): number =>
  (fields ?? [])
    .filter((field) => field !== 'country' || !fields?.includes('user'))
    .reduce((groups, field) => groups * (COUNTS[field] ?? 1), 1)

const scanOf = (keyset: string, ...fields: readonly string[]): GroupScan => ({
  keysets: [keyset],
  fields,
  values: [{ part: 'n', isNumber: keyset !== 'presence' }],
})

const clusters = (scan: number, ...scans: readonly GroupScan[]) =>
  scanClusters(scans, { groupsOf, scan }).map(({ keysets, fields, values }) => [
    [...keysets].sort().join('+'),
    [...(fields ?? [])].sort().join('+'),
    values,
  ])

const N = [{ part: 'n', isNumber: true }]

test('keysets with many groups in common are one scan, and those with few another', () => {
  const daily = scanOf('daily', 'day', 'user')
  const others = [scanOf('users', 'user'), scanOf('countries', 'country'), scanOf('presence', 'country', 'task')]
  assert.deepEqual(clusters(10_000, daily, ...others), [
    ['daily+users', 'day+user', N],
    ['countries+presence', 'country+task', N],
  ])
})

test('one scan where another would cost more, one for each keyset where scans cost nothing', () => {
  const scans = [scanOf('users', 'user'), scanOf('tasks', 'task'), scanOf('days', 'day')]
  assert.deepEqual(clusters(10_000_000, ...scans), [['days+tasks+users', 'day+task+user', N]])
  assert.deepEqual(clusters(0, ...scans), [
    ['users', 'user', N],
    ['tasks', 'task', N],
    ['days', 'day', N],
  ])
  assert.deepEqual(clusters(1, scanOf('users', 'user')), [['users', 'user', N]])
})
