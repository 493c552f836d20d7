import assert from 'node:assert/strict'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, test } from 'vitest'
import { count, csv, dynamic, jsonLines, lines, parquet, type Reader, type RuleOptions } from '#hob/index.js'
import { groupPieces, planPieces } from '#hob/rule/map/plan-pieces.js'
import type { MapOutput } from '#hob/rule/map-output.js'
import { filesOf, mapFiles, mapPieces, spilled } from './map-task.js'

const ruleOf = (input: Reader): RuleOptions => ({
  name: 'r',
  input,
  partsPreprocess: [(parts) => ({ all: JSON.stringify(parts), v: parts.b ?? parts._1, count: 1 }), count],
  keyParts: ['all'],
  valueParts: ['count', 'v'],
})

/** What must be the same however the input was cut: counters, sums, bad rows without where they are. */
function outcome(output: MapOutput): unknown {
  const sums = new Map<string, bigint>()
  for (const [key, ones] of spilled(output)) sums.set(key ?? '', (sums.get(key ?? '') ?? 0n) + BigInt(ones ?? 0))
  const bad = output.badRows.map(({ file, reason, text }) => JSON.stringify([file, reason, text])).sort()
  return [output.counters, [...sums].sort(), bad]
}

const jsonText = fc.oneof(
  { weight: 5, arbitrary: fc.record({ a: fc.string(), b: fc.integer() }).map((row) => JSON.stringify(row)) },
  fc.constantFrom('', '{"a":', '[1]', '{"a":"é"}', '{"a":"}"}\r', ' ', '{"a":"\0"}', '{"a": "it\'s 5\\" long"}'),
)
const csvText = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom('x,1', 'yy,2\r', 'é,3.5', '"q",1') },
  fc.constantFrom(
    '',
    '"two\nlines",2',
    '"a ""b""",1',
    'x"y,1',
    '"open',
    'x,"',
    '"a"b,1',
    '"three\n\n{lines",2',
    'x',
    'x,1,2',
  ),
)

describe('pieces', () => {
  test.each<[name: string, reader: Reader, text: fc.Arbitrary<string>]>([
    ['lines of JSON', jsonLines(), jsonText],
    ['lines', lines(), jsonText],
    ['CSV', csv({ fields: ['a', 'b'] }), csvText],
    ['CSV with a header', csv({ header: true }), csvText.map((text) => text)],
    ['JSON or CSV', dynamic({ fields: ['a', 'b'] }), fc.oneof(jsonText, csvText)],
  ])(
    'of %s give together what the whole gives, however small',
    async (_, reader, text) => {
      await fc.assert(
        fc.asyncProperty(
          fc.array(text, { maxLength: 30 }),
          fc.integer({ min: 1, max: 60 }),
          fc.boolean(),
          async (list, piecesBytes, ends) => {
            const header = reader.kind === 'csv' && reader.header ? '"a",b\n' : ''
            const files = filesOf(
              `${header}${list.join('\n')}${ends ? '\n' : ''}`,
              `${header}${[...list].reverse().join('\n')}`,
            )
            const whole = await mapFiles(ruleOf(reader), files)
            const cut = await mapFiles(ruleOf(reader), files, { piecesBytes, groupsMax: 1 + (piecesBytes % 7) })
            assert.deepEqual(outcome(cut), outcome(whole))
          },
        ),
        { numRuns: 60 },
      )
    },
    60_000,
  )

  test('tell bad rows by line where it is known, else by byte', async () => {
    const files = filesOf('{"a":1}\n{\n{"a":2}\n{"a":3}\nnone\n')
    const output = await mapFiles(ruleOf(jsonLines()), files, { piecesBytes: 16 })
    assert.deepEqual(
      output.badRows.map(({ line, byte, text }) => [line, byte, text]),
      [
        [2, null, '{'],
        [null, 26, 'none'],
      ],
    )
  })

  test('are whole files of gzip and Parquet, and of all that is small; a hash stays with a whole only', async () => {
    const [plain, gzip] = filesOf(
      '{"a":1}\n'.repeat(100),
      gzipSync(Buffer.from(Array.from({ length: 999 }, () => Math.random() * 256))),
    )
    assert.ok(plain && gzip)
    const hashed = { ...plain, hash: 'abc' }
    const countOf = async (reader: Reader, file = plain, piecesBytes = 100) =>
      (await planPieces(reader, [file], { piecesBytes })).length
    assert.deepEqual(
      [await countOf(jsonLines()), await countOf(jsonLines(), gzip), await countOf(parquet())],
      [8, 1, 1],
    )
    assert.equal(await countOf(dynamic({ header: true })), 1)
    const counts = [700, 500, 350, 270, 160, 115].map((bytes) => countOf(jsonLines(), plain, bytes))
    assert.deepEqual(await Promise.all(counts), [1, 2, 2, 4, 6, 8])
    const hashes = async (piecesBytes: number) =>
      new Set((await planPieces(jsonLines(), [hashed], { piecesBytes })).map(({ hash }) => hash))
    assert.deepEqual([await hashes(100), await hashes(700)], [new Set([null]), new Set(['abc'])])
  })

  test('are grouped as they follow each other', async () => {
    const files = filesOf(...[50, 60, 10, 200, 5].map((size) => 'x'.repeat(size)))
    const pieces = await planPieces(lines(), files, { piecesBytes: 1_000 })
    const names = groupPieces(pieces, 120).map((group) => group.map(({ name }) => name).join(''))
    assert.deepEqual(names, ['012', '3', '4'])
    const output = await mapPieces({ ...ruleOf(lines()) }, groupPieces(pieces, 120)[0] ?? [])
    assert.equal(output.counters.rowsRead, 3)
  })

  test('may be larger than what is read at once, with records over its end', async () => {
    const record = `"${'a line\n'.repeat(20_000)}",1\n`
    const content = `x,1\n${record}${'"short\n",2\n'.repeat(30_000)}${record}`
    const files = filesOf(content)
    const whole = await mapFiles(ruleOf(csv()), files)
    assert.equal(whole.counters.rowsRead, 30_003)
    const cut = await mapFiles(ruleOf(csv()), files, { piecesBytes: 100_000 })
    assert.deepEqual(outcome(cut), outcome(whole))
  })
})
