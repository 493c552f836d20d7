import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Writable } from 'node:stream'
import { afterAll, beforeAll, describe, test } from 'vitest'
import { Output } from '#hob/orders/command/output.js'
import { OutputGate } from '#hob/orders/output-gate.js'

const folder = mkdtempSync(join(tmpdir(), 'hob-gate-'))
const path = join(folder, 'long')
const LONG = 'line\n'.repeat(400_000)
const NONE = new Output(Buffer.alloc(0), 0)

beforeAll(() => writeFileSync(path, LONG))
afterAll(() => rmSync(folder, { recursive: true }))

/** A reader that takes its time, and how many listeners it had at most. */
function slowReader(): { readonly to: Writable; readonly text: () => string; readonly listenersMax: () => number } {
  const pieces: Buffer[] = []
  let most = 0
  const to = new Writable({
    highWaterMark: 1,
    write(piece: Buffer, _encoding, done) {
      most = Math.max(most, to.listenerCount('close'), to.listenerCount('drain'))
      pieces.push(piece)
      setImmediate(done)
    },
  })
  return { to, text: () => Buffer.concat(pieces).toString(), listenersMax: () => most }
}

describe('an output gate', () => {
  test('hands a long output on whole, and leaves no listeners behind', async () => {
    const reader = slowReader()
    const gate = new OutputGate({ out: reader.to, err: reader.to })
    await gate.pass({ stdout: new Output({ path, isKept: true }, LONG.length), stderr: NONE }, null)
    assert.equal(reader.text(), LONG)
    assert.ok(reader.listenersMax() <= 2, `${reader.listenersMax()} listeners`)
  })

  test('puts a tag before each line, also one that has no end', async () => {
    const reader = slowReader()
    const gate = new OutputGate({ out: reader.to, err: reader.to })
    const text = (content: string): Output => new Output(Buffer.from(content), content.length)
    await gate.pass({ stdout: text('a\nb\n'), stderr: text('c') }, 'moon')
    assert.equal(reader.text(), 'moon\ta\nmoon\tb\nmoon\tc')
  })

  test('gives up a reader that has gone', async () => {
    const reader = slowReader()
    const gate = new OutputGate({ out: reader.to, err: reader.to })
    const passing = gate.pass({ stdout: new Output({ path, isKept: true }, LONG.length), stderr: NONE }, null)
    setImmediate(() => reader.to.destroy())
    await passing
    assert.ok(reader.text().length < LONG.length)
  })
})
