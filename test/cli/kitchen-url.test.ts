import assert from 'node:assert/strict'
import { test } from 'vitest'
import { CliError } from '#hob/cli/cli-error.js'
import { kitchenUrl, placeOf } from '#hob/cli/kitchen-url.js'

const url = (names: { kitchen?: string; db?: string; env?: Record<string, string> }) =>
  kitchenUrl({ kitchen: undefined, db: undefined, env: {}, ...names })

test('the option wins over the environment, and the environment over the default', () => {
  const env = { HOB_KITCHEN: 'sqlite:env.db' }
  assert.equal(url({}), 'sqlite:.hob/hob.db')
  assert.equal(url({ env }), 'sqlite:env.db')
  assert.equal(url({ env, kitchen: 'sqlite:option.db' }), 'sqlite:option.db')
  assert.equal(url({ env: { HOB_KITCHEN: '' } }), 'sqlite:.hob/hob.db')
})

test('--db names another database in the same place', () => {
  assert.equal(url({ db: 'second' }), 'sqlite:.hob/second.db')
  assert.equal(url({ db: 'second.db' }), 'sqlite:.hob/second.db')
  assert.equal(url({ kitchen: 'sqlite:here.db', db: 'b' }), 'sqlite:b.db')
  assert.equal(url({ kitchen: 'sqlite:/a/b.db?synchronous=normal', db: 'c' }), 'sqlite:/a/c.db?synchronous=normal')
  assert.equal(url({ kitchen: 'redis://host:6379/0', db: '7' }), 'redis://host:6379/7')
  assert.equal(url({ kitchen: 'redis://host:6379', db: 'b' }), 'redis://host:6379/b')
  assert.equal(url({ kitchen: 'redis://:p/a?s@a:1,b/x?sentinel=m', db: 'b' }), 'redis://:p/a?s@a:1,b/b?sentinel=m')
})

test('--db names the schema on PostgreSQL', () => {
  assert.equal(url({ kitchen: 'postgres://host/work', db: 'b' }), 'postgres://host/work?schema=b')
  const kitchen = 'postgresql://me:p?s@host/work?schema=a&pool=2'
  assert.equal(url({ kitchen, db: 'b' }), 'postgresql://me:p?s@host/work?schema=b&pool=2')
})

test('--db never leaves that place', () => {
  for (const db of ['../x', 'a/b', '', '..', '.x', 'a?b']) assert.throws(() => url({ db }), CliError, db)
  assert.throws(() => url({ kitchen: 'memory:', db: 'x' }), CliError)
})

test('a place is told without the name of the engine', () => {
  assert.equal(placeOf('sqlite:.hob/hob.db?synchronous=normal'), '.hob/hob.db')
  assert.equal(placeOf('redis://me:p/a?s@host/b?database=1'), 'redis://host/b')
})
