import assert from 'node:assert/strict'
import { randomBytes } from 'node:crypto'
import { gzipSync } from 'node:zlib'
import { describe, test } from 'vitest'
import { jsonLines, type Parts, parquet, rule } from '#hob/index.js'
import type { ParquetScanner } from '#hob/rule/groups/parquet-groups.js'
import { takeSample } from '#hob/rule/groups/sample.js'
import { planPieces } from '#hob/rule/map/plan-pieces.js'
import { filesOf } from '../map-task.js'

const rules = { name: 'r', keyParts: ['k'], valueParts: ['v'] }
const noParquet = {
  openParquet: () => assert.fail('no Parquet here'),
  parquetScanner: { countOf: async () => 12_000 } as unknown as ParquetScanner,
}
const MEBIBYTE = 2 ** 20

describe('a sample of what becomes much more than it is stored in', () => {
  test('of gzip ends after 16 MiB, and tells what a record takes as it is stored', async () => {
    // Of each, 32 kB that no gzip makes smaller, so that what is stored is known.
    const line = () => `${JSON.stringify({ k: 'x'.repeat(MEBIBYTE), v: randomBytes(16_384).toString('hex') })}\n`
    const stored = gzipSync(Array.from({ length: 60 }, line).join(''))
    const own = rule({ ...rules, input: jsonLines() })
    const pieces = await planPieces(own.input, filesOf(stored), { piecesBytes: 2 ** 26 })
    const { records, recordBytes, isAll } = await takeSample(own, pieces, noParquet)
    assert.ok(records.length >= 12 && records.length <= 18, `${records.length} records`)
    assert.equal(isAll, false)
    const share = recordBytes / (stored.length / 60)
    assert.ok(share > 0.9 && share < 1.1, `${share} of what it takes`)
  })

  test('of Parquet ends within a batch', async () => {
    const own = rule({ ...rules, input: parquet() })
    const pieces = await planPieces(own.input, filesOf('x'.repeat(24_000)), { piecesBytes: 2 ** 26 })
    const text = 'x'.repeat(120_000)
    const batches = Array.from({ length: 6 }, () =>
      Array.from({ length: 2_000 }, (): Parts => ({ k: { list: [text] } })),
    )
    const openParquet = async function* () {
      yield* batches
    }
    const sample = await takeSample(own, pieces, { ...noParquet, openParquet })
    assert.deepEqual([sample.records.length, sample.recordBytes, sample.isAll], [140, 2, false])
  })
})
