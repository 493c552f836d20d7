import assert from 'node:assert/strict'
import fc from 'fast-check'
import Papa from 'papaparse'
import { describe, test } from 'vitest'
import { cutChunks } from '#hob/blob/cut/chunk-cutter.js'
import { CsvRecordEnds, LineEnds, type RecordEnds } from '#hob/blob/cut/record-ends.js'
import { BlobError } from '#hob/core/errors.js'

/** Chunks of an input that comes in pieces of any size. */
async function cut(
  pieces: readonly Uint8Array[],
  ends: RecordEnds,
  options: { bytesMax: number; header?: boolean },
): Promise<{ chunks: string[]; counts: number[] }> {
  async function* source(): AsyncGenerator<Uint8Array> {
    yield* pieces
  }
  const chunks: string[] = []
  const counts: number[] = []
  for await (const chunk of cutChunks(source(), ends, { header: false, ...options })) {
    const parts: Uint8Array[] = []
    for await (const part of chunk.content) parts.push(part)
    chunks.push(Buffer.concat(parts).toString('latin1'))
    counts.push(chunk.recordCount)
  }
  return { chunks, counts }
}

const csv = () => new CsvRecordEnds({ delimiter: ',' })
const bytes = (text: string) => Buffer.from(text, 'latin1')

/** The slow, obvious way: lines until their quotes balance, where they read as one record, else the first of them. */
function csvRecords(text: string): string[] {
  const lines = lineRecords(text)
  const records: string[] = []
  for (let at = 0; at < lines.length; ) {
    const ends = lines.slice(at).map((_, count) => at + count + 1)
    const end = ends.find((each) => lines.slice(at, each).join('').split('"').length % 2 === 1) ?? at + 1
    const record = lines.slice(at, end).join('')
    const { data, errors } = Papa.parse<string[]>(record.replace(/\n$/, '').replace(/\r$/, ''), {
      delimiter: ',',
      newline: '\n',
    })
    const isRecord = errors.length === 0 && data.length === 1
    records.push(isRecord ? record : (lines[at] ?? ''))
    at = isRecord ? end : at + 1
  }
  return records
}

const lineRecords = (text: string): string[] => text.match(/[^\n]*\n|[^\n]+$/g) ?? []

/** Chunks by the statement: as many records as fit, one at least. */
function chunksOf(records: readonly string[], bytesMax: number, header: string): string[] {
  const chunks: string[] = []
  let chunk: string | null = null
  for (const record of records) {
    if (chunk !== null && chunk.length + record.length > bytesMax) {
      chunks.push(chunk)
      chunk = null
    }
    chunk = (chunk ?? header) + record
  }
  return chunk === null ? chunks : [...chunks, chunk]
}

/** Text full of what matters, and where to cut it into pieces. */
const awkward = (letters: string) =>
  fc
    .array(fc.constantFrom(...letters, '"a,""b"\n', 'word', '\r\n', '\n'), { maxLength: 60 })
    .map((parts) => parts.join(''))

function inPieces(text: string, sizes: readonly number[]): Uint8Array[] {
  const pieces: Uint8Array[] = []
  let at = 0
  for (let n = 0; at < text.length; n++) {
    const size = sizes[n % sizes.length] ?? 1
    pieces.push(bytes(text.slice(at, at + size)))
    at += size
  }
  return pieces
}

const sizes = fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 5 })
const bytesMax = fc.integer({ min: 1, max: 40 })

describe('chunks', () => {
  test('of any CSV are its records, as many as fit, and together its bytes', () =>
    fc.assert(
      fc.asyncProperty(awkward('ab,"\n\r'), sizes, bytesMax, async (text, pieceSizes, most) => {
        const { chunks } = await cut(inPieces(text, pieceSizes), csv(), { bytesMax: most })
        assert.equal(chunks.join(''), text)
        assert.deepEqual(chunks, chunksOf(csvRecords(text), most, ''))
      }),
      { numRuns: 1_000 },
    ))

  test('of any CSV with a header begin with it', () =>
    fc.assert(
      fc.asyncProperty(awkward('ab,"\n\r'), sizes, bytesMax, async (text, pieceSizes, most) => {
        const { chunks, counts } = await cut(inPieces(text, pieceSizes), csv(), { bytesMax: most, header: true })
        const all = csvRecords(text)
        const isFilled = (record: string) => !/^\r?\n?$/.test(record)
        const first = all.findIndex(isFilled) + 1 || all.length
        const records = all.slice(first)
        assert.deepEqual(chunks, chunksOf(records, most, all.slice(0, first).join('')))
        const filled = records.filter(isFilled)
        assert.equal(
          counts.reduce((sum, count) => sum + count, 0),
          filled.length,
        )
      }),
      { numRuns: 1_000 },
    ))

  test('of any lines are lines, and together their bytes', () =>
    fc.assert(
      fc.asyncProperty(awkward('{} "\n\r'), sizes, bytesMax, fc.boolean(), async (text, pieceSizes, most, isJson) => {
        const { chunks, counts } = await cut(inPieces(text, pieceSizes), new LineEnds(isJson), { bytesMax: most })
        assert.equal(chunks.join(''), text)
        assert.deepEqual(chunks, chunksOf(lineRecords(text), most, ''))
        const filled = lineRecords(text).filter((line) => line.replaceAll(isJson ? /[ \r\n]/g : /[\r\n]/g, '') !== '')
        assert.equal(
          counts.reduce((sum, count) => sum + count, 0),
          filled.length,
        )
      }),
      { numRuns: 1_000 },
    ))

  test('keep a record with line ends in quotes whole', async () => {
    const text = 'a,"one\ntwo, ""three""\r\n"\r\nb,"x"\n'
    const { chunks, counts } = await cut([bytes(text)], csv(), { bytesMax: 1 })
    assert.deepEqual(chunks, ['a,"one\ntwo, ""three""\r\n"\r\n', 'b,"x"\n'])
    assert.deepEqual(counts, [1, 1])
  })

  test('are not misled by a quote within a field', async () => {
    const { chunks } = await cut([bytes('5" disk,1\n3.5" disk,2\n')], csv(), { bytesMax: 1 })
    assert.deepEqual(chunks, ['5" disk,1\n', '3.5" disk,2\n'])
  })

  test('see the quote behind a byte order mark, however it comes', async () => {
    const text = Buffer.from('\uFEFF"a\nb",c\nd,e\n')
    for (const size of [1, 2, 3, 4, 100]) {
      const pieces = Array.from({ length: Math.ceil(text.length / size) }, (_, n) =>
        text.subarray(n * size, n * size + size),
      )
      const { chunks } = await cut(pieces, csv(), { bytesMax: 1, header: true })
      assert.deepEqual(chunks, [Buffer.from('\uFEFF"a\nb",c\nd,e\n').toString('latin1')])
    }
  })

  test('hold no more than the bound for a quote that nobody closed, and go on behind its line', async () => {
    const lines = 'plain,line\n'.repeat(900_000)
    const text = `a,"open\n${lines}"two\nlines",b\n`
    const pieces = Array.from({ length: Math.ceil(text.length / 65_536) }, (_, n) =>
      bytes(text.slice(n * 65_536, (n + 1) * 65_536)),
    )
    const { chunks, counts } = await cut(pieces, csv(), { bytesMax: 1_000_000 })
    assert.ok(chunks.join('') === text)
    assert.equal(
      counts.reduce((sum, count) => sum + count, 0),
      900_002,
    )
    assert.ok(chunks.every(({ length }) => length <= 1_000_000) && chunks.at(-1)?.endsWith('"two\nlines",b\n'))
  })

  test('with a header and nothing else are none', async () => {
    for (const text of ['', 'a,b', 'a,b\n']) {
      assert.deepEqual((await cut([bytes(text)], csv(), { bytesMax: 9, header: true })).chunks, [])
    }
  })

  test('pass a record on that is longer than they are, and refuse one over the bound by its number', async () => {
    const piece = Buffer.alloc(4 * 1024 * 1024, 'x')
    async function* source(pieces: number): AsyncGenerator<Uint8Array> {
      yield bytes('short\n')
      for (let n = 0; n < pieces; n++) yield piece
    }
    const sizesOf = async (pieces: number) => {
      const found: number[] = []
      for await (const chunk of cutChunks(source(pieces), new LineEnds(false), { bytesMax: 1_000, header: false })) {
        let size = 0
        for await (const part of chunk.content) size += part.length
        found.push(size)
      }
      return found
    }
    assert.deepEqual(await sizesOf(64), [6, 64 * piece.length])
    await assert.rejects(
      sizesOf(65),
      (error) =>
        error instanceof BlobError && error.code === 'input' && /^record 2 is longer than 256 MiB/.test(error.message),
    )
  })
})
