// Any text at all, cut in any way, reads as the whole of it does.
import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import { cutChunks } from '#hob/blob/cut/chunk-cutter.js'
import { CsvRecordEnds } from '#hob/blob/cut/record-ends.js'
import { csv, dynamic, type Reader } from '#hob/index.js'
import { readRows } from '#hob/orders/rows/read-rows.js'
import { isBad } from '#hob/orders/rows/row.js'
import type { Piece } from '#hob/rule/input.js'
import { planPieces } from '#hob/rule/map/plan-pieces.js'
import { readPiece } from '#hob/rule/map/read-piece.js'
import { removeLate, runsOf } from './arbitraries.js'

let folder = ''
let fileCount = 0

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-any-text-'))
})

afterAll(() => removeLate(folder))

const words = [
  'a',
  '"',
  '"',
  '""',
  ',',
  ',',
  '\n',
  '\n',
  '\r\n',
  '\r',
  'é',
  '\0',
  '{',
  '{"a":"\\"x"}\n',
  '\uFEFF',
  ' ',
  '"two\nlines",y\n',
  'a,"open\n',
]
const any = fc
  .array(fc.oneof(fc.constantFrom(...words).map(Buffer.from), fc.constant(Buffer.from([0xff]))), { maxLength: 50 })
  .map((parts) => Buffer.concat(parts))
const sizes = fc.array(fc.integer({ min: 1, max: 20 }), { minLength: 1, maxLength: 4 })

async function* inPieces(bytes: Buffer, pieceSizes: readonly number[]): AsyncGenerator<Buffer> {
  for (let at = 0, n = 0; at < bytes.length; n++) {
    const size = pieceSizes[n % pieceSizes.length] ?? 1
    yield bytes.subarray(at, at + size)
    at += size
  }
}

async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = []
  for await (const item of items) found.push(item)
  return found
}

async function blobsOf(
  bytes: Buffer,
  reader: Reader,
  bytesMax: number,
  pieceSizes: readonly number[],
): Promise<Buffer[]> {
  const header = reader.kind === 'csv' && reader.header === true
  const ends = new CsvRecordEnds({ delimiter: ',', isDynamic: reader.kind === 'dynamic' })
  const blobs: Buffer[] = []
  for await (const { content } of cutChunks(inPieces(bytes, pieceSizes), ends, { bytesMax, header })) {
    blobs.push(Buffer.concat(await all(content)))
  }
  return blobs
}

/** All that a reader tells of the input, without where it stood. */
async function told(reader: Reader, contents: readonly Buffer[], piecesBytes = 1e9): Promise<readonly unknown[]> {
  const found: unknown[] = []
  const sink = {
    take(parts: unknown) {
      found.push(parts)
      return null
    },
    bad: (_: unknown, reason: string, text: string) => void found.push([reason, text]),
  }
  const openParquet = () => {
    throw new Error('this one reads text')
  }
  for (const content of contents) {
    // A file of its own: a property that ran out of time leaves its last run behind.
    const file = join(folder, `input-${fileCount++}`)
    await writeFile(file, content)
    const pieces: readonly Piece[] = await planPieces(
      reader,
      [{ name: 'input', tag: null, file, kind: 'input', hash: null }],
      { piecesBytes },
    )
    for (const piece of pieces) await readPiece(piece, { reader, sink, openParquet, onBlock: () => {} })
  }
  return found
}

const readers: readonly [name: string, reader: Reader][] = [
  ['CSV', csv()],
  ['CSV with a header', csv({ header: true })],
  ['JSON or CSV', dynamic()],
]

/** A mark where a blob begins is passed over, as at the start of any file. */
const startsWithMark = (blob: Buffer): boolean => blob.subarray(0, 3).equals(Buffer.from('\uFEFF'))

test.each(readers)(
  'records in blobs and pieces of any size are those of the whole: %s',
  { timeout: 60_000 },
  (_, reader) =>
    fc.assert(
      fc.asyncProperty(
        any,
        fc.integer({ min: 1, max: 60 }),
        sizes,
        fc.integer({ min: 1, max: 40 }),
        async (...drawn) => {
          const [content, bytesMax, pieceSizes, piecesBytes] = drawn
          const hasHeader = reader.kind === 'csv' && reader.header === true
          const bytes = hasHeader ? Buffer.concat([Buffer.from('\n"a\nb",c\n'), content]) : content
          const whole = await told(reader, [bytes])
          assert.deepEqual(await told(reader, [bytes], piecesBytes), whole)
          const blobs = await blobsOf(bytes, reader, bytesMax, pieceSizes)
          if (!hasHeader) assert.deepEqual(Buffer.concat(blobs), bytes)
          fc.pre(hasHeader || !blobs.slice(1).some(startsWithMark))
          assert.deepEqual(await told(reader, blobs), whole)
          assert.deepEqual(await told(reader, blobs, piecesBytes), whole)
        },
      ),
      { ...runsOf(150), examples: [[Buffer.from('"open\nx,"two\nlines",y\n'), 1, [3], 5]] },
    ),
)

test('orders of any CSV in blobs of any size are those of the whole', { timeout: 60_000 }, () =>
  fc.assert(
    fc.asyncProperty(any, fc.integer({ min: 1, max: 60 }), sizes, async (bytes, bytesMax, pieceSizes) => {
      const ordersOf = async (blob: Buffer) => {
        const rows = (await all(readRows(inPieces(blob, pieceSizes), { format: 'csv' }))).flat()
        return rows.map((row) => (isBad(row) ? [row.bad, row.raw] : row.payload))
      }
      const blobs = await blobsOf(bytes, csv(), bytesMax, pieceSizes)
      fc.pre(!blobs.slice(1).some(startsWithMark))
      assert.deepEqual((await Promise.all(blobs.map(ordersOf))).flat(), await ordersOf(bytes))
    }),
    runsOf(300),
  ),
)
