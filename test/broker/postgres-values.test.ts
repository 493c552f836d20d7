import assert from 'node:assert/strict'
import fc from 'fast-check'
import pg from 'pg'
import { test } from 'vitest'
import { int4Array, int8Array, textArray } from '#hob/broker/postgres/arrays.js'
import { fromStored, jsonOf, toStored } from '#hob/broker/postgres/text.js'
import { sharedPostgresUrl } from '../support/servers/shared.js'

test('a text that is stored comes back as it was, whatever is in it', () => {
  const text = fc.string({ unit: fc.constantFrom('\0', '\u001a', '0', '1', 'é') })
  fc.assert(fc.property(text, (one) => fromStored(toStored(one)) === one && !toStored(one).includes('\0')))
})

test('half of a surrogate pair in a parameter does not make PostgreSQL refuse it', () => {
  assert.equal(jsonOf(['a\ud83c', '\\ud83c', '🍲']), JSON.stringify(['a\ufffd', '\\ud83c', '🍲']))
})

test('arrays in binary are what PostgreSQL takes them for', async () => {
  const client = new pg.Client({ connectionString: await sharedPostgresUrl() })
  await client.connect()
  try {
    const whole = [0, 1, -1, 2 ** 31, -(2 ** 31) - 1, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER, null]
    const texts = ['', 'a"b\\', null, '{🍲}', 'NULL']
    const { rows } = await client.query(
      'SELECT $1::bigint[] AS a, $2::int[] AS b, $3::text[] AS c, $4::bigint[] AS d',
      [int8Array(whole), int4Array([7, -7]), textArray(texts), int8Array([])],
    )
    const expected = { a: whole.map((one) => (one === null ? null : String(one))), b: [7, -7], c: texts, d: [] }
    assert.deepEqual({ ...rows[0] }, expected)
  } finally {
    await client.end()
  }
})
