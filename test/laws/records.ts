import assert from 'node:assert/strict'
import type { Broker } from '#hob/broker/broker.js'
import type { RecordPut } from '#hob/broker/records.js'
import { type EngineUnderTest, lawsOf } from './engine.js'
import { commitOne } from './shorthand.js'

/** What a record is: a value, a version, perhaps a time to live. */
export function recordsLaws(engine: EngineUnderTest): void {
  lawsOf(engine, 'records', (law) => {
    const put = async (broker: Broker, ...changes: RecordPut[]): Promise<string> =>
      (await commitOne(broker, { put: changes })).kind
    const keysOf = async (broker: Broker, prefix: string, after?: string): Promise<string[]> => {
      const page = after === undefined ? { countMax: 10_000 } : { after, countMax: 10_000 }
      return (await broker.records(prefix, page)).map(({ key }) => key)
    }

    law('a record that was never put is not there', async ({ broker }) => {
      assert.equal(await broker.record('x'), undefined)
      assert.deepEqual(await broker.records('', { countMax: 10 }), [])
    })

    law('the kitchen numbers its puts, and a version is the number of its put', async ({ broker }) => {
      for (const version of [1, 2, 3]) {
        assert.equal(await put(broker, { key: 'x', value: `{ "n": ${version}.0 }` }), 'done')
        assert.deepEqual(await broker.record('x'), { key: 'x', value: `{ "n": ${version}.0 }`, version })
      }
    })

    law('a put with the version that stands there is accepted, with another refused', async ({ broker }) => {
      assert.equal(await put(broker, { key: 'x', value: '1', expected: 1 }), 'conflict')
      assert.equal(await put(broker, { key: 'x', value: '1', expected: 0 }), 'done')
      assert.equal(await put(broker, { key: 'x', value: '2', expected: 0 }), 'conflict')
      assert.equal(await put(broker, { key: 'x', value: '2', expected: 2 }), 'conflict')
      assert.equal(await put(broker, { key: 'x', value: '2', expected: 1 }), 'done')
      assert.deepEqual(await broker.record('x'), { key: 'x', value: '2', version: 2 })
    })

    law('of many that expect the same version one wins', async ({ broker }) => {
      await put(broker, { key: 'lock', value: 'null' })
      const kinds = await Promise.all(
        Array.from({ length: 20 }, (_, n) => put(broker, { key: 'lock', value: String(n), expected: 1 })),
      )
      assert.equal(kinds.filter((kind) => kind === 'done').length, 1)
      assert.equal(kinds.filter((kind) => kind === 'conflict').length, 19)
    })

    law('one conflict keeps the other puts of its step from happening', async ({ broker }) => {
      const changes = [
        { key: 'a', value: '1' },
        { key: 'b', value: '1', expected: 5 },
      ]
      assert.equal(await put(broker, ...changes), 'conflict')
      assert.equal(await put(broker, ...changes.reverse()), 'conflict')
      assert.deepEqual(await keysOf(broker, ''), [])
    })

    law('null deletes, also with an expected version, and what is not there too', async ({ broker }) => {
      await put(broker, { key: 'x', value: '1' })
      assert.equal(await put(broker, { key: 'x', value: null, expected: 2 }), 'conflict')
      assert.equal(await put(broker, { key: 'x', value: null, expected: 1 }), 'done')
      assert.equal(await broker.record('x'), undefined)
      assert.equal(await put(broker, { key: 'x', value: null }), 'done')
      assert.equal(await put(broker, { key: 'x', value: null, expected: 0 }), 'done')
      assert.equal(await put(broker, { key: 'x', value: null, expected: 1 }), 'conflict')
    })

    law('a deleted record is put again under a version that it never had', async ({ broker }) => {
      await put(broker, { key: 'x', value: '1' })
      await put(broker, { key: 'x', value: '2' })
      await put(broker, { key: 'x', value: null })
      assert.equal(await put(broker, { key: 'x', value: '3', expected: 0 }), 'done')
      assert.equal((await broker.record('x'))?.version, 3)
      assert.equal(await put(broker, { key: 'x', value: '4', expected: 1 }), 'conflict')
    })

    law('the JSON value null is a value', async ({ broker }) => {
      await put(broker, { key: 'x', value: 'null' })
      assert.equal((await broker.record('x'))?.value, 'null')
    })

    law('a record with a time to live is gone after it, and not before', async ({ broker, pass }) => {
      await put(broker, { key: 'x', value: '1', ttlMs: 1_000 }, { key: 'y', value: '1' })
      await pass(999)
      assert.deepEqual(await keysOf(broker, ''), ['x', 'y'])
      assert.equal((await broker.record('x'))?.version, 1)
      await pass(1)
      assert.deepEqual(await keysOf(broker, ''), ['y'])
      assert.equal(await broker.record('x'), undefined)
    })

    law('a record that is gone by itself stands at version 0', async ({ broker, pass }) => {
      await put(broker, { key: 'x', value: '1', ttlMs: 1_000 })
      await put(broker, { key: 'x', value: '2', ttlMs: 1_000 })
      await pass(1_000)
      assert.equal(await put(broker, { key: 'x', value: '3', expected: 2 }), 'conflict')
      assert.equal(await put(broker, { key: 'x', value: '3', expected: 0 }), 'done')
      assert.equal((await broker.record('x'))?.version, 3)
    })

    law('a put of another record, and one that did not happen, is no put of this one', async ({ broker }) => {
      await put(broker, { key: 'x', value: '1' })
      await put(broker, { key: 'y', value: '1' })
      assert.equal(await put(broker, { key: 'z', value: '1', expected: 9 }), 'conflict')
      assert.equal(await put(broker, { key: 'y', value: null }), 'done')
      assert.equal((await broker.record('x'))?.version, 1)
      await put(broker, { key: 'x', value: '2', expected: 1 })
      assert.equal((await broker.record('x'))?.version, 3)
    })

    law('each put sets the time to live anew', async ({ broker, pass }) => {
      await put(broker, { key: 'renewed', value: '1', ttlMs: 1_000 }, { key: 'stays', value: '1', ttlMs: 1_000 })
      await pass(500)
      await put(broker, { key: 'renewed', value: '2', ttlMs: 1_000 }, { key: 'stays', value: '2' })
      await pass(999)
      assert.deepEqual(await keysOf(broker, ''), ['renewed', 'stays'])
      await pass(1)
      assert.deepEqual(await keysOf(broker, ''), ['stays'])
    })

    law('a put in conflict does not lengthen a life', async ({ broker, pass }) => {
      await put(broker, { key: 'x', value: '1', ttlMs: 1_000 })
      await pass(500)
      await put(broker, { key: 'x', value: '2', ttlMs: 60_000, expected: 9 })
      await pass(500)
      assert.equal(await broker.record('x'), undefined)
    })

    law('a listing goes by the bytes of the keys', async ({ broker }) => {
      const keys = ['a', 'Z', 'a/b', 'a b', 'a-b', 'é', 'z', '\u{ffee}', '\u{1f372}', '10', '9']
      await put(broker, ...keys.map((key) => ({ key, value: '1' })))
      const byBytes = [...keys].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)))
      assert.deepEqual(await keysOf(broker, ''), byBytes)
      for (const after of keys) {
        assert.deepEqual(await keysOf(broker, '', after), byBytes.slice(byBytes.indexOf(after) + 1))
      }
    })

    law('a prefix is letters, not a pattern, and may be the whole key', async ({ broker }) => {
      const keys = ['node/a', 'node/a/1', 'node/ab', 'Node/a', 'n%/a', 'nodes', 'n_/a', 'n*', '\u{10ffff}x']
      await put(broker, ...keys.map((key) => ({ key, value: '1' })))
      assert.deepEqual(await keysOf(broker, 'node/'), ['node/a', 'node/a/1', 'node/ab'])
      assert.deepEqual(await keysOf(broker, 'node/a'), ['node/a', 'node/a/1', 'node/ab'])
      assert.deepEqual(await keysOf(broker, 'node/a/1'), ['node/a/1'])
      assert.deepEqual(await keysOf(broker, 'n%'), ['n%/a'])
      assert.deepEqual(await keysOf(broker, 'n_'), ['n_/a'])
      assert.deepEqual(await keysOf(broker, 'n*'), ['n*'])
      assert.deepEqual(await keysOf(broker, '\u{10ffff}'), ['\u{10ffff}x'])
      assert.deepEqual(await keysOf(broker, 'nothing'), [])
    })

    law('a listing comes in pages', async ({ broker }) => {
      const keys = Array.from({ length: 7 }, (_, n) => `p/${n}`)
      await put(broker, { key: 'o', value: '1' }, ...keys.map((key) => ({ key, value: '1' })), { key: 'q', value: '1' })
      const seen: string[] = []
      for (let after: string | undefined; ; ) {
        const page = await broker.records('p/', after === undefined ? { countMax: 3 } : { after, countMax: 3 })
        if (page.length === 0) break
        assert.ok(page.length <= 3)
        seen.push(...page.map(({ key }) => key))
        after = seen.at(-1)
      }
      assert.deepEqual(seen, keys)
      assert.deepEqual(await keysOf(broker, 'p/', 'a'), keys)
      assert.deepEqual(await keysOf(broker, 'p/', 'z'), [])
      assert.deepEqual(await keysOf(broker, 'p/', 'p/2x'), keys.slice(3))
    })

    law('records, versions and lives outlast the opening of the kitchen', async ({ broker, pass, reopen }) => {
      await put(broker, { key: 'x', value: '1' }, { key: 'y', value: '1', ttlMs: 1_000 })
      await put(broker, { key: 'x', value: '2' })
      const again = await reopen()
      assert.deepEqual(await again.record('x'), { key: 'x', value: '2', version: 3 })
      assert.deepEqual(await keysOf(again, ''), ['x', 'y'])
      await pass(1_000)
      assert.deepEqual(await keysOf(again, ''), ['x'])
    })
  })
}
