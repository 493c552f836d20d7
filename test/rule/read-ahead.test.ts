import assert from 'node:assert/strict'
import { mkdtemp, open, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { RuleError } from '#hob/index.js'
import type { Piece } from '#hob/rule/input.js'
import type { ByteSource } from '#hob/rule/map/byte-source.js'
import { OpenAhead } from '#hob/rule/map/open-ahead.js'
import { ReadAhead } from '#hob/rule/map/read-ahead.js'

let folder = ''

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-ahead-'))
})

afterAll(() => rm(folder, { recursive: true }))

const MIB = 1024 * 1024

const bytesOf = (size: number): Buffer =>
  Buffer.from(Uint32Array.from({ length: Math.ceil(size / 4) }, (_, at) => at).buffer).subarray(0, size)

/** All that comes, read into buffers of a size behind some bytes that stay. */
async function readAll(source: Pick<ByteSource, 'read'>, bufferBytes: number): Promise<Buffer> {
  const parts: Buffer[] = []
  for (;;) {
    const buffer = Buffer.alloc(bufferBytes)
    const count = await source.read(buffer, 3)
    assert.deepEqual(buffer.subarray(0, 3), Buffer.alloc(3))
    if (count === 0) return Buffer.concat(parts)
    parts.push(buffer.subarray(3, 3 + count))
  }
}

describe.each([true, false])('bytes of a file, read ahead: %s,', (isAhead) => {
  test.each([0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 5])('are those of a file of %d bytes', async (size) => {
    const file = join(folder, `plain-${size}`)
    await writeFile(file, bytesOf(size))
    for (const [from, until, bufferBytes] of [
      [0, size, 256 * 1024],
      [0, 10, 100_000],
      [7, size, 5 * MIB],
      [size, size, 100],
    ] as const) {
      const ahead = ReadAhead.begin(await open(file), { from, until, isAhead })
      assert.ok((await readAll(ahead, bufferBytes)).equals(bytesOf(size).subarray(from)), `${from}, ${until}`)
      assert.equal(await ahead.read(Buffer.alloc(10), 0), 0)
      await ahead.close()
    }
  })

  test('may be closed before they came, and tell what was wrong to who asks for them', async () => {
    const file = join(folder, 'closed')
    await writeFile(file, bytesOf(2 * MIB))
    await ReadAhead.begin(await open(file), { from: 0, until: 2 * MIB, isAhead }).close()
    const ahead = ReadAhead.begin(await open(folder), { from: 0, until: 1, isAhead })
    await new Promise((resolve) => setTimeout(resolve, 10))
    await assert.rejects(ahead.read(Buffer.alloc(10), 0), { code: 'EISDIR' })
    await ahead.close()
  })
})

describe('pieces that are opened ahead', () => {
  const pieceOf = (name: string): Piece => ({
    ...{ name, tag: null, file: join(folder, name), from: 0, to: 100, firstLine: 1, hash: null },
    kind: 'input',
  })

  const openFiles = async (): Promise<number> => (await readdir('/dev/fd')).length

  test('are read one after the other; one that is gone or damaged is told at its turn', async () => {
    await writeFile(join(folder, 'one'), 'one')
    await writeFile(join(folder, 'two'), gzipSync('two'))
    const damaged = gzipSync(bytesOf(100_000))
    damaged.fill(0xff, 50, 500)
    await writeFile(join(folder, 'damaged'), damaged)
    const pieces = ['one', 'gone', 'two', 'damaged', 'one'].map(pieceOf)
    const before = await openFiles()
    const told: string[] = []
    {
      await using ahead = new OpenAhead(pieces, { kind: 'jsonLines' })
      for (const piece of pieces) {
        try {
          const source = await ahead.open(piece)
          // What is opened meanwhile fails before anybody asks for it.
          await new Promise((resolve) => setTimeout(resolve, 20))
          told.push(
            await readAll(source, 1_000)
              .then(String)
              .finally(() => source.close()),
          )
        } catch (error) {
          assert.ok(error instanceof RuleError)
          told.push(error.message.replaceAll(folder, ''))
        }
      }
    }
    assert.deepEqual(told.slice(0, 3), ['one', 'gone: there is no file /gone', 'two'])
    assert.match(told[3] ?? '', /^damaged: its gzip is damaged: /)
    assert.equal(told[4], 'one')
    await closed(before)
  })

  test('are closed when nobody asks for them', async () => {
    for (const name of ['a', 'b']) await writeFile(join(folder, name), name === 'a' ? 'a' : gzipSync(bytesOf(4 * MIB)))
    const before = await openFiles()
    for (const names of [
      ['a', 'b'],
      ['b', 'a'],
      ['a', 'gone'],
    ]) {
      const pieces = names.map(pieceOf)
      await using ahead = new OpenAhead(pieces, { kind: 'jsonLines' })
      await (await ahead.open(pieces[0] as Piece)).close()
    }
    await closed(before)
  })

  /** A stream closes its file in a while. */
  async function closed(count: number): Promise<void> {
    for (let tries = 0; (await openFiles()) > count; tries++) {
      assert.ok(tries < 100, 'files stay open')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }
})
