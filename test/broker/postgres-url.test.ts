import assert from 'node:assert/strict'
import { test } from 'vitest'
import { parsePostgresUrl, placeName } from '#hob/broker/postgres/url.js'
import { KitchenError } from '#hob/core/errors.js'

const refused = (url: string, message: RegExp): void => {
  assert.throws(
    () => parsePostgresUrl(url),
    (error) =>
      error instanceof KitchenError &&
      error.code === 'url' &&
      message.test(error.message) &&
      !/secret/.test(error.stack ?? ''),
    url,
  )
}

test('a URL says where a kitchen is, and the environment the rest', () => {
  assert.deepEqual(parsePostgresUrl('postgres://me:p%40ss%2F@db.example:5433/work?schema=farm&pool=2'), {
    host: 'db.example',
    port: 5433,
    user: 'me',
    password: 'p@ss/',
    database: 'work',
    schema: 'farm',
    poolMax: 2,
    tls: false,
  })
  const { host, user, schema, poolMax } = parsePostgresUrl('postgresql:///work')
  assert.deepEqual({ host, user, schema, poolMax }, { host: undefined, user: undefined, schema: 'hob', poolMax: 4 })
  assert.equal(parsePostgresUrl('postgres:///work?host=/run/postgresql').host, '/run/postgresql')
})

test('a password may hold anything', () => {
  for (const password of ['p/a?s@s', 'a:b', '100%']) {
    const place = parsePostgresUrl(`postgres://me:${password}@[::1]:5433/work`)
    assert.deepEqual(
      [place.user, place.password, place.host, place.port, place.database],
      ['me', password, '::1', 5433, 'work'],
    )
  }
})

test('a place is named without user and password', () => {
  assert.equal(placeName(parsePostgresUrl('postgres://me:secret@db:5433/work')), 'db:5433/work (schema hob)')
})

test('TLS is spoken as libpq does', () => {
  assert.deepEqual(parsePostgresUrl('postgres://db/work?sslmode=require').tls, { rejectUnauthorized: false })
  assert.deepEqual(parsePostgresUrl('postgres://db/work?sslmode=verify-full').tls, { rejectUnauthorized: true })
  assert.deepEqual(parsePostgresUrl('postgres://db/work?sslmode=verify-ca').tls, {
    rejectUnauthorized: true,
    isAnyHost: true,
  })
})

test('what a URL may not hold is refused, and the password is not told', () => {
  refused('postgres://me:secret@db/work?shema=x', /has no setting 'shema'/)
  refused('postgres://me:secret@db/work?schema=Farm', /'Farm' cannot be the schema/)
  refused('postgres://me:secret@db/work?schema=pg_x', /cannot be the schema/)
  refused(`postgres://me:secret@db/work?schema=${'x'.repeat(51)}`, /cannot be the schema/)
  refused('postgres://me:secret@db/work?pool=0', /pool must be/)
  refused('postgres://me:secret@db/work?sslmode=maybe', /'maybe' is not known/)
  refused('postgres://me:secret@db/work?sslmode=verify-full&sslrootcert=/nowhere', /cannot read sslrootcert/)
  refused('postgres://me:secret@db:port/work', /names no PostgreSQL kitchen/)
})
