import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Finding } from '#hob/broker/diagnosis.js'
import {
  type PostgresFacts,
  postgresFindings,
  type ServerFacts,
  type SnapshotHolder,
  survivesOn,
  type TableState,
} from '#hob/broker/postgres/health.js'

const SERVER: ServerFacts = {
  version: '15.1',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  autovacuum: 'on',
  track_counts: 'on',
  data_checksums: 'on',
  synchronous_standby_names: '',
  is_standby: false,
  connections_max: 100,
  connections: 5,
  frozen_age: 1_000,
}

const facts = (server: Partial<ServerFacts> = {}, more: Partial<PostgresFacts> = {}): PostgresFacts => ({
  server: { ...SERVER, ...server },
  holders: [],
  keptLog: undefined,
  tables: [],
  ...more,
})

function findingOn(topic: string, looked: PostgresFacts): Finding {
  const [finding, ...more] = postgresFindings(looked).filter((each) => each.topic === topic)
  assert.ok(finding !== undefined && more.length === 0)
  return finding
}

const levelOf = (topic: string, looked: PostgresFacts): string => findingOn(topic, looked).level

test('a server as it comes has nothing but good', () => {
  assert.ok(postgresFindings(facts()).every(({ level }) => level === 'good'))
  assert.match(survivesOn(SERVER), /power cut/)
})

test('what a commit survives: settings from the safest down', () => {
  const cases = [
    [{}, 'good', /a crash of the server, and a power cut/],
    [{ synchronous_commit: 'remote_apply', synchronous_standby_names: 's1' }, 'good', /power cut/],
    [{ synchronous_commit: 'off' }, 'note', /may take the last moments/],
    [{ full_page_writes: 'off' }, 'bad', /may destroy the whole database/],
    [{ fsync: 'off' }, 'bad', /may destroy the whole database/],
  ] as const
  for (const [server, level, survives] of cases) {
    assert.equal(levelOf('durability', facts(server)), level)
    assert.match(survivesOn({ ...SERVER, ...server }), survives)
  }
})

test('a standby is the wrong server', () => assert.equal(levelOf('role', facts({ is_standby: true })), 'bad'))

const holder = (more: Partial<SnapshotHolder>): SnapshotHolder => ({
  kind: 'session',
  name: '4711',
  state: 'idle in transaction in psql',
  held_ms: 0,
  transactions: 0,
  ...more,
})

test('a snapshot that is held for a minute is a note, for an hour bad, with what ends it', () => {
  const held = (held_ms: number) => levelOf('snapshots', facts({}, { holders: [holder({ held_ms })] }))
  assert.deepEqual([59_999, 60_000, 3_599_999, 3_600_000].map(held), ['good', 'note', 'note', 'bad'])
  const of = (more: Partial<SnapshotHolder>) =>
    findingOn('snapshots', facts({}, { holders: [holder({ held_ms: 60_000, ...more })] }))
  assert.match(of({}).found, /session 4711 \(idle in transaction in psql\) .* for 1m 0s$/)
  assert.match(of({}).advice ?? '', /pg_terminate_backend\(4711\)$/)
  assert.match(of({ kind: 'prepared', name: "it's" }).advice ?? '', /ROLLBACK PREPARED 'it''s'$/)
  assert.match(of({ kind: 'slot', name: 's' }).advice ?? '', /pg_drop_replication_slot\('s'\)$/)
})

test('where nobody knows for how long, transactions count; and the worst holder is the one that is told', () => {
  const slot = (transactions: number) => holder({ kind: 'slot', name: 's', held_ms: null, transactions })
  const level = (transactions: number) => levelOf('snapshots', facts({}, { holders: [slot(transactions)] }))
  assert.deepEqual([99_999, 100_000, 10_000_000].map(level), ['good', 'note', 'bad'])
  const holders = [holder({ held_ms: 60_000 }), slot(10_000_000), holder({})]
  assert.match(findingOn('snapshots', facts({}, { holders })).found, /slot s /)
})

test('a slot that nobody reads keeps the log until the disk is full', () => {
  const level = (gib: number) => levelOf('log', facts({}, { keptLog: { slot_name: 's', bytes: gib * 1024 ** 3 } }))
  assert.deepEqual([0.5, 1, 10].map(level), ['good', 'note', 'bad'])
})

test('vacuum that is off is bad; one that lags is a note first', () => {
  assert.equal(levelOf('vacuum', facts({ autovacuum: 'off' })), 'bad')
  assert.equal(levelOf('vacuum', facts({ track_counts: 'off' })), 'bad')
  const table = (more: Partial<TableState>): TableState => ({
    name: 'line',
    live: 100,
    dead: 0,
    vacuumed_ms: null,
    is_off: false,
    ...more,
  })
  const level = (more: Partial<TableState>) => levelOf('vacuum', facts({}, { tables: [table(more)] }))
  assert.equal(level({ is_off: true }), 'bad')
  assert.deepEqual(
    [1_000_000, 1_000_001, 20_000_001].map((dead) => level({ dead })),
    ['good', 'note', 'bad'],
  )
  assert.equal(level({ dead: 2_000_000, live: 3_000_000 }), 'good')
})

test('transaction ids and connections that run out', () => {
  const ids = (frozen_age: number) => levelOf('transaction ids', facts({ frozen_age }))
  assert.deepEqual([500_000_000, 500_000_001, 1_500_000_001].map(ids), ['good', 'note', 'bad'])
  assert.deepEqual(
    [80, 81].map((connections) => levelOf('connections', facts({ connections }))),
    ['good', 'note'],
  )
})
