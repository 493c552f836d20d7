import assert from 'node:assert/strict'
import { test } from 'vitest'
import type { Finding } from '#hob/broker/diagnosis.js'
import { type RedisFacts, redisFindings, survivesOn } from '#hob/broker/redis/health.js'

const facts = (info: Readonly<Record<string, string>> = {}, more: Partial<RedisFacts> = {}): RedisFacts => ({
  info: new Map(Object.entries({ redis_version: '7.0.15', role: 'master', maxclients: '100', ...info })),
  persistence: { fsync: 'always', hasSnapshots: false },
  isStrict: false,
  ...more,
})

function findingOn(topic: string, looked: RedisFacts): Finding {
  const [finding, ...more] = redisFindings(looked).filter((each) => each.topic === topic)
  assert.ok(finding !== undefined && more.length === 0)
  return finding
}

const levelOf = (topic: string, info: Readonly<Record<string, string>>): string => findingOn(topic, facts(info)).level

test('a server that keeps everything has nothing but good', () => {
  assert.ok(redisFindings(facts()).every(({ level }) => level === 'good'))
})

test('writes that failed: of the log and of snapshots they are bad, of a rewrite a note', () => {
  assert.equal(levelOf('disk writes', { aof_last_write_status: 'err' }), 'bad')
  assert.equal(levelOf('disk writes', { rdb_last_bgsave_status: 'err' }), 'bad')
  assert.equal(levelOf('disk writes', { aof_last_bgrewrite_status: 'err' }), 'note')
})

test('memory is held against its bound, or against the machine', () => {
  const levels = ['79', '81', '96'].map((used) => levelOf('memory', { used_memory: used, maxmemory: '100' }))
  assert.deepEqual(levels, ['good', 'note', 'bad'])
  assert.equal(levelOf('memory', { used_memory: '96', total_system_memory: '100' }), 'bad')
  assert.equal(levelOf('memory', { used_memory: '96' }), 'good')
})

test('connections that run out are a note', () => {
  const levels = ['80', '81'].map((count) => levelOf('connections', { connected_clients: count }))
  assert.deepEqual(levels, ['good', 'note'])
})

test('a replica is the wrong server, and a primary with replicas may be replaced', () => {
  assert.equal(levelOf('replicas', { role: 'slave' }), 'bad')
  assert.equal(levelOf('replicas', { connected_slaves: '2' }), 'note')
})

test('a server that hides its settings is a note; one that waits for the disk because the URL says so is good', () => {
  const hidden = facts({}, { persistence: { fsync: 'unknown', hasSnapshots: true } })
  assert.equal(findingOn('durability', hidden).level, 'note')
  const strict = { ...hidden, isStrict: true }
  assert.equal(findingOn('durability', strict).level, 'good')
  assert.match(survivesOn(strict), /power cut/)
})

test('Valkey is told by its own version', () => {
  assert.equal(findingOn('engine', facts({ valkey_version: '8.1.0', redis_version: '7.2.4' })).found, 'Valkey 8.1.0')
})
