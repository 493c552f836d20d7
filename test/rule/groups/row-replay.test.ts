import assert from 'node:assert/strict'
import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isDeepStrictEqual } from 'node:util'
import { afterEach, beforeEach, describe, test } from 'vitest'
import { lines, RuleError } from '#hob/index.js'
import { RowLog } from '#hob/rule/kept/row-log.js'
import { replayRows } from '#hob/rule/kept/row-replay.js'
import { BadRows } from '#hob/rule/map/bad-rows.js'
import { Block } from '#hob/rule/map/block.js'
import { CountingSink } from '#hob/rule/map/counting-sink.js'
import { rowReader } from '#hob/rule/map/read-piece.js'
import { TextFile } from '#hob/rule/map/text-file.js'
import type { Parts } from '#hob/rule/rule.js'

const TEXTS = ['short', 'x'.repeat(700_000), 'y', 'z'.repeat(256 * 1024), 'end']

let folder = ''
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'hob-replay-'))
})
afterEach(() => rm(folder, { recursive: true }))

function sink(): { readonly texts: unknown[]; readonly sink: CountingSink } {
  const texts: unknown[] = []
  const take = ({ line }: Parts): number => texts.push(line)
  const bad = new BadRows(new TextFile(join(folder, 'bad')))
  return { texts, sink: new CountingSink({ take, spill: () => {}, counters: {} }, bad) }
}

/** A log of texts, each read by itself. */
function written(): string {
  const piece = { name: 'a', tag: null, file: 'a', firstLine: 1, header: null }
  const log = new RowLog(new TextFile(join(folder, 'log')))
  const rows = log.watched(
    rowReader(piece, { reader: lines(), sink: sink().sink }, () => {}),
    piece,
  )
  for (const text of TEXTS) rows.read(new Block(Buffer.from(`${text}\n`), 0))
  rows.end()
  return log.close() ?? assert.fail('nothing was written')
}

describe('a log of what was read by rows', () => {
  test('gives again short lines and long ones', async () => {
    const again = sink()
    let blocks = 0
    await replayRows(written(), { reader: lines(), sink: again.sink, onBlock: () => void blocks++ })
    assert.ok(isDeepStrictEqual(again.texts, TEXTS))
    assert.equal(blocks, TEXTS.length)
  })

  test('gives again what an older Hob wrote, which did not count', async () => {
    const file = written()
    const log = await readFile(file)
    await writeFile(file, log.subarray(log.indexOf('{"step":"start"'), log.lastIndexOf('{"step":"whole"')))
    const again = sink()
    await replayRows(file, { reader: lines(), sink: again.sink, onBlock: () => {} })
    assert.ok(isDeepStrictEqual(again.texts, TEXTS))
  })

  test.each([
    ['within a step', (bytes: Buffer) => bytes.length - 3],
    ['behind a step, before its bytes', (bytes: Buffer) => bytes.indexOf('xxx')],
    ['within the bytes of a step', (bytes: Buffer) => bytes.indexOf('xxx') + 600_000],
    ['between two steps', (bytes: Buffer) => bytes.indexOf('xxx') + 700_001],
    ['before its last step', (bytes: Buffer) => bytes.lastIndexOf('{"step":"whole"')],
    ['behind its first step', (bytes: Buffer) => bytes.indexOf('{"step":"start"')],
    ['to nothing', () => 0],
  ])('that is cut %s is told as damaged', async (_, at) => {
    const file = written()
    await truncate(file, at(await readFile(file)))
    const replaying = replayRows(file, { reader: lines(), sink: sink().sink, onBlock: () => {} })
    await assert.rejects(replaying, (error) => error instanceof RuleError && /is gone or damaged/.test(error.message))
  })

  test.each([
    ['lacks a step', (log: Buffer, end: number) => [log.subarray(0, log.indexOf('{"step":"end"')), log.subarray(end)]],
    ['goes on behind its end', (log: Buffer) => [log, Buffer.from('{"step":"end"}\n')]],
  ])('that %s is told as damaged', async (_, edited) => {
    const file = written()
    const log = await readFile(file)
    await writeFile(file, Buffer.concat(edited(log, log.lastIndexOf('{"step":"whole"'))))
    const replaying = replayRows(file, { reader: lines(), sink: sink().sink, onBlock: () => {} })
    await assert.rejects(replaying, /is gone or damaged/)
  })
})
