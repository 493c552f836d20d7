import assert from 'node:assert/strict'
import { test } from 'vitest'
import { openBroker } from '#hob/engines.js'

const refused = (url: string, message: RegExp | string, hint: RegExp = /./) =>
  assert.rejects(openBroker(url, { create: false }), { code: 'url', message, hint })

test('a URL that names no engine is refused, also one that names what every object has', async () => {
  for (const scheme of ['constructor', 'nowhere']) {
    await refused(`${scheme}:x`, /names no kitchen$/, /memory:, sqlite:/)
  }
  await refused('nowhere', "'nowhere' names no kitchen")
})

test('a file that was named without its scheme is told with it', async () => {
  await refused('k.db', "'k.db' names no kitchen", /^Did you mean sqlite:k\.db\? /)
  await refused('/srv/hob', "'/srv/hob' names no kitchen", /^Did you mean sqlite:\/srv\/hob\? /)
  await refused('mysql://db.example.org/x', /names no kitchen$/, /^Begin it with/)
})

test('a password is hidden, whatever is in it', async () => {
  await refused('nowhere://me:p/a@s@host/0', "'nowhere://…@host/0' names no kitchen")
})

test('a setting that there is not is refused with those that there are', async () => {
  await refused('sqlite:x.db?sync=normal', "a SQLite kitchen has no setting 'sync'", /^It has synchronous:/)
  await refused('sqlite:x.db?synchronous=maybe', /names no SQLite kitchen$/)
})
