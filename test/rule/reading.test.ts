import assert from 'node:assert/strict'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { afterAll, beforeAll, test } from 'vitest'
import type { InputFile } from '#hob/rule/input.js'
import { planPieces } from '#hob/rule/map/plan-pieces.js'
import { readPiece } from '#hob/rule/map/read-piece.js'
import { data, removeLate, runsOf } from './arbitraries.js'
import { recordsOf } from './oracle-reading.js'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-reading-'))
})

afterAll(() => removeLate(folder))

test('readers find the records that a slow one finds, in pieces of any size', { timeout: 600_000 }, () =>
  fc.assert(
    fc.asyncProperty(data, fc.constantFrom(5, 40, 200, 1_000), fc.boolean(), async ({ input, files }, size, isGzip) => {
      const inputs: InputFile[] = []
      for (const [index, bytes] of files.entries()) {
        const file = join(folder, `input-${index}`)
        await writeFile(file, isGzip ? gzipSync(bytes) : bytes)
        inputs.push({ name: file, tag: null, file, kind: 'input', hash: null })
      }
      const found: unknown[] = []
      const sink = {
        take(parts: unknown) {
          found.push(parts)
          return null
        },
        bad: () => void found.push(null),
      }
      const openParquet = () => {
        throw new Error('this one reads text')
      }
      for (const piece of await planPieces(input, inputs, { piecesBytes: size })) {
        await readPiece(piece, { reader: input, sink, openParquet, onBlock: () => {} })
      }
      assert.deepEqual(found.map(plain), files.flatMap((bytes) => recordsOf(input, bytes)).map(plain))
    }),
    runsOf(250),
  ),
)

/** Without prototypes, of which records may have none. */
const plain = (record: unknown): unknown => (record === null ? null : Object.entries(record as object))
