import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, test } from 'vitest'
import { rule } from '#hob/rule/definition.js'
import { PipeLines, type PipeRecord } from '#hob/rule/pipe/pipe-lines.js'
import { type SpillField, spillRows } from '#hob/rule/pipe/spill-rows.js'
import { CsvFile } from '#hob/rule/result/csv-file.js'

const folder = mkdtempSync(join(tmpdir(), 'hob-pipe-'))
afterAll(() => rmSync(folder, { recursive: true }))

const one = rule({
  name: 'one',
  keyParts: ['a', 'b'],
  valueParts: ['x', { avg: 'y' }, { countDistinct: 'z' }, { min: 'x' }],
})
const two = rule({
  name: 'two',
  keysets: { p: { keyParts: ['a'], valueParts: ['x'] }, q: { keyParts: ['b'], valueParts: [{ count: 'x' }] } },
})
const pairs = rule({ name: 'pairs', map: () => [], reduce: () => [], columns: ['x'] })

const text = fc.string({ unit: 'binary' }).map((each) => each.toWellFormed())

describe('a line', () => {
  test('has the key and the partial aggregates as JSON', () => {
    const lines = new PipeLines(one)
    const groups: PipeRecord = {
      kind: 'groups',
      keyset: '_default',
      fields: ['t\tb', '"\n', '3', null, '12345678901234567890', '[0.1,2]', '2', '1.5'],
    }
    assert.equal(lines.write(groups), '["t\\tb","\\"\\n"]\t[3,null,"12345678901234567890",[0.1,2],2,1.5]\n')
    const value: PipeRecord = { kind: 'values', keyset: '_default', fields: ['2', 'a', 'b', 'x', null, '4'] }
    assert.equal(lines.write(value), '["a","b"]\t{"a":2,"t":"x","n":4}\n')
  })

  test('names the keyset where the rule has several', () => {
    const lines = new PipeLines(two)
    assert.equal(lines.write({ kind: 'groups', keyset: 'p', fields: ['k', '1', null] }), '["p","k"]\t[1,null]\n')
    assert.equal(lines.write({ kind: 'groups', keyset: 'q', fields: ['k', '7'] }), '["q","k"]\t[7]\n')
  })

  test('is the key and the value of a rule with map', () => {
    const record: PipeRecord = { kind: 'pairs', keyset: '_map', fields: ['{"a":1}', '[null,"\\t"]'] }
    assert.equal(new PipeLines(pairs).write(record), '{"a":1}\t[null,"\\t"]\n')
  })

  test('gives back what it was made of, whatever the texts', () => {
    const lines = new PipeLines(one)
    const whole = fc.bigInt().map(String)
    const double = fc.double({ noNaN: true, noDefaultInfinity: true }).map((each) => JSON.stringify(each))
    fc.assert(
      fc.property(text, text, whole, double, fc.nat(), (a, b, i, d, n) => {
        for (const record of [
          { kind: 'groups', keyset: '_default', fields: [a, b, i, `[${d}]`, null, null, String(n), d] },
          { kind: 'values', keyset: '_default', fields: ['2', a, b, a, null, '1'] },
          { kind: 'values', keyset: '_default', fields: ['2', a, b, null, d, String(n)] },
        ] as const) {
          const line = lines.write(record)
          assert.match(line, /^[^\t\n]*\t[^\t\n]*\n$/)
          assert.deepEqual(lines.read(line.slice(0, -1)), record)
        }
      }),
    )
  })

  test('that is none is refused, with what is wrong', () => {
    const refused = (of: PipeLines, line: string, message: RegExp) =>
      assert.throws(() => of.read(line), { code: 'input', message })
    const [first, second, third] = [new PipeLines(one), new PipeLines(two), new PipeLines(pairs)]
    refused(first, 'abc', /no KEY<TAB>VALUE/)
    refused(first, '["a"\t[1]', /the key is not JSON/)
    refused(first, '["a"]\t[1]', /the key has not 2 texts, which keyset _default has/)
    refused(first, '["a",1]\t[1]', /has not 2 texts/)
    refused(first, '["a","b"]\t[1]', /the value has 1 members, not 6/)
    refused(first, '["a","b"]\t7', /no list and no object/)
    refused(second, '["r","a"]\t[1,null]', /names no keyset of the rule: r/)
    refused(second, '7\t[1]', /the key is no list/)
    refused(third, 'a\t1', /the key is not JSON/)
    refused(third, '1\tb', /the value is not JSON/)
  })
})

describe('the records of a spill', () => {
  const file = join(folder, 'spill.csv')
  const read = async () => {
    const rows: (readonly SpillField[])[] = []
    for await (const batch of spillRows(file)) rows.push(...batch)
    return rows
  }

  test('are read as they were written, nulls and texts that look like them apart', async () => {
    writeFileSync(file, '"\\N",\\N,-12,"a ""b""\n,",1e+21\n"",,""""\n')
    assert.deepEqual(await read(), [
      ['\\N', null, '-12', 'a "b"\n,', '1e+21'],
      ['', '', '"'],
    ])
  })

  test('are the same wherever a chunk ends', async () => {
    const rows = fc.array(fc.array(fc.option(text), { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(rows, fc.integer({ min: 262_130, max: 262_150 }), async (records, pad) => {
        const csv = new CsvFile(file)
        const all = [['x'.repeat(pad)], ...records]
        for (const record of all) csv.add(record)
        csv.close()
        assert.deepEqual(await read(), all)
      }),
      { numRuns: 40 },
    )
  })
})
