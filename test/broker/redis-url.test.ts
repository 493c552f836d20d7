import assert from 'node:assert/strict'
import { test } from 'vitest'
import { parseRedisUrl, placeName } from '#hob/broker/redis/url.js'
import { openBroker } from '#hob/engines.js'

const told = (url: string) => {
  const { hosts, kind, kitchen, database } = parseRedisUrl(url)
  return { hosts: hosts.map(({ host, port }) => `${host} ${port}`).join(), kind, kitchen, database }
}

test('a URL names a server, a kitchen and a database, and has defaults for all but the host', () => {
  const plain = { hosts: 'host 6379', kind: 'server', kitchen: 'hob', database: 0 }
  assert.deepEqual(told('redis://host'), plain)
  assert.deepEqual(told('redis://host/'), plain)
  assert.deepEqual(told('redis://host:7000/orders'), { ...plain, hosts: 'host 7000', kitchen: 'orders' })
  assert.deepEqual(told('redis://host/3'), { ...plain, database: 3 })
  assert.deepEqual(told('redis://host/b?database=3'), { ...plain, kitchen: 'b', database: 3 })
  assert.deepEqual(told('redis://host/7?database=3'), { ...plain, kitchen: '7', database: 3 })
  assert.deepEqual(told('redis://[::1]:7000/b'), { ...plain, hosts: '::1 7000', kitchen: 'b' })
  assert.deepEqual(told('redis://host/b%C3%A9'), { ...plain, kitchen: 'bé' })
})

test('rediss is TLS, and durability is a setting', () => {
  assert.deepEqual(parseRedisUrl('rediss://host').tls, {})
  assert.equal(parseRedisUrl('redis://host').tls, false)
  assert.throws(() => parseRedisUrl('redis://host?cacert=ca.pem'), /cacert is for TLS/)
  assert.equal(parseRedisUrl('redis://host').durability, 'server')
  assert.equal(parseRedisUrl('redis://host?durability=strict').durability, 'strict')
})

test('several hosts are sentinels or nodes of a Cluster', () => {
  const sentinels = parseRedisUrl('redis://a,b:7,c/x?sentinel=mymaster&sentinel-password=s')
  assert.deepEqual(sentinels.hosts, [
    { host: 'a', port: 26_379 },
    { host: 'b', port: 7 },
    { host: 'c', port: 26_379 },
  ])
  assert.equal(sentinels.kind, 'sentinel')
  assert.equal(sentinels.master, 'mymaster')
  assert.equal(sentinels.sentinelPassword, 's')
  assert.deepEqual(told('redis://a,b/x?cluster=yes'), {
    hosts: 'a 6379,b 6379',
    kind: 'cluster',
    kitchen: 'x',
    database: 0,
  })
})

test('a password may hold what has a meaning elsewhere', () => {
  const of = (url: string) => {
    const { username, password, hosts } = parseRedisUrl(url)
    return [username, password, hosts[0]?.host]
  }
  assert.deepEqual(of('redis://:secret@host'), [undefined, 'secret', 'host'])
  assert.deepEqual(of('redis://me:p/a@s?s:w@host/x'), ['me', 'p/a@s?s:w', 'host'])
  assert.deepEqual(of('redis://me:p%40%25@host/x'), ['me', 'p@%', 'host'])
  assert.deepEqual(of('redis://me@host'), ['me', undefined, 'host'])
})

test('what cannot be used is refused, and a password never shown', async () => {
  const wrong = [
    'redis:host',
    'redis://',
    'redis://:secret@',
    'redis://:secret@host:99999',
    'redis://:secret@host:port',
    'redis://:secret@a,b/x',
    'redis://:secret@host/a/b',
    'redis://:secret@host/{x}',
    'redis://:%zz-secret@host',
    'redis://:secret@host/x?database=many',
    'redis://:secret@host/x?database=',
    'redis://:secret@host/x?sentinel=',
    'redis://:secret@host/x?cluster=no',
    'redis://:secret@host/x?cluster=yes&sentinel=m',
    'redis://:secret@host/x?cluster=yes&database=1',
    'redis://:secret@host/x?durability=maybe',
    'redis://:secret@host/x?speed=9',
  ]
  for (const url of wrong) {
    await assert.rejects(openBroker(url), (error: Error & { code: string; hint: string }) => {
      assert.equal(error.code, 'url', url)
      assert.ok(error.hint.length > 0)
      assert.doesNotMatch(`${error.message} ${error.hint}`, /secret/)
      return true
    })
  }
})

test('a place is named without secrets', () => {
  assert.equal(placeName(parseRedisUrl('redis://me:secret@host/b')), 'redis://host:6379/b')
  assert.equal(placeName(parseRedisUrl('rediss://:secret@[::1]:7/b?database=2')), 'rediss://[::1]:7/b?database=2')
  assert.equal(placeName(parseRedisUrl('redis://a,b/b?sentinel=m')), 'redis://a:26379,b:26379/b')
})
