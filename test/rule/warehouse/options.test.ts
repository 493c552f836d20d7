import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { toBlobs, toDuckdb, toFiles, toMysql, toPostgres, toSqlite } from '#hob/index.js'
import type { KeysetRows } from '#hob/rule/rule.js'
import { rejection } from '../../laws/warehouse.js'
import { keysetRows, runOf } from '../../support/keyset-rows.js'

const NOWHERE = join(tmpdir(), 'hob-never-made.db')

const fault = (make: () => unknown, pattern: RegExp): void => assert.throws(make, { code: 'rule', message: pattern })

/** As a program without types may call it. */
const loose = <Options>(options: object): Options => options as Options

describe('the options of a processor', () => {
  test('are checked when the rule is made, and then nothing is opened', () => {
    fault(() => toSqlite(loose({ mode: 'add' })), /toSqlite needs 'file', a text/)
    fault(() => toSqlite(loose({ file: 'x', mod: 'add' })), /no option 'mod': did you mean mode/)
    fault(() => toSqlite(loose({ file: 'x' })), /needs 'mode', a text/)
    fault(() => toDuckdb(loose({ file: 'x', mode: 'upsert' })), /no mode 'upsert'/)
    fault(() => toMysql(loose({ url: 'x', mode: 'add', types: { a: 'float' } })), /no type 'float' for column 'a'/)
    fault(() => toPostgres(loose({ url: 'x', mode: 'add', schema: 3 })), /needs 'schema', a text/)
    fault(() => toPostgres({ url: 'x', mode: 'add', timeoutMs: 5 }), /timeoutMs from 1,000 to 3,600,000/)
    fault(() => toFiles(loose({ folder: 'x', format: 'xml' })), /no format 'xml'/)
    fault(() => toFiles({ folder: 'x', format: 'csv', keep: 0 }), /keeps 1 to 100,000 runs/)
    fault(() => toBlobs(loose({ tag: 'x' })), /needs 'kitchen', a text/)
    fault(() => toSqlite(loose(['file'])), /must be an object/)
    toSqlite({ file: NOWHERE, mode: 'add' })
    toDuckdb({ file: NOWHERE, mode: 'add' })
    assert.ok(!existsSync(NOWHERE))
  })

  test('name the place, and no secret', () => {
    const url = 'postgres://me:se%2Fcret@db.example.org:5433/stats?password=secret'
    assert.equal(toPostgres({ url, mode: 'add' }).name, 'postgres db.example.org:5433/stats')
    assert.equal(toMysql({ url: 'env:STATS', mode: 'add' }).name, 'mysql env:STATS')
    assert.equal(toMysql({ url: 'mysql://me:se/cret@host/db', mode: 'add' }).name, 'mysql …')
    assert.equal(toSqlite({ file: 'a.db', mode: 'add' }).name, 'sqlite a.db')
  })

  test('a URL that is none, or whose variable is not set, is told without its password', async () => {
    const write = (url: string) => rejection(toPostgres({ url, mode: 'add' }).write([], runOf('n@1')))
    for (const url of ['postgres://me:secret/@host/db', 'mysql://me:secret@host/db', 'secret']) {
      const error = await write(url)
      assert.match(error.message, /no URL of this kind/)
      assert.doesNotMatch(`${error.message} ${error.hint} ${JSON.stringify(error.cause ?? '')}`, /secret/)
    }
    assert.match((await write('env:HOB_TEST_UNSET')).message, /HOB_TEST_UNSET.* is not set/)
  })
})

describe('a keyset that no table can hold', () => {
  const write = (rows: KeysetRows, mode: 'replace' | 'append' = 'replace') =>
    rejection(toSqlite({ file: NOWHERE, mode }).write([rows], runOf('n@1')))

  test('is told before anything is opened', async () => {
    const base = { key: ['last'], values: { count: 'integer' }, rows: [] } as const
    assert.match((await write(keysetRows({ ...base, key: [] }))).message, /no key to replace by/)
    assert.match((await write(keysetRows({ ...base, values: { Last: 'integer' } }))).message, /two columns .* 'Last'/)
    assert.match((await write(keysetRows({ ...base, values: { hob_run: 'text' } }), 'append')).message, /two columns/)
    assert.match((await write(keysetRows({ ...base, table: 'HOB_RUNS' }))).message, /table of the runs/)
    assert.match((await write(keysetRows({ ...base, table: 'ä'.repeat(32) }))).message, /cannot name a table/)
    assert.match((await write(keysetRows({ ...base, values: { 'a\0b': 'integer' } }))).message, /cannot name/)
    assert.ok(!existsSync(NOWHERE))
  })
})
