import { expect, it, onTestFinished } from 'vitest'
import { OutputWriter } from '#hob/orders/command/output-writer.js'
import { TemporaryFolder } from '#hob/orders/command/temporary-folder.js'
import { text } from './support.js'

it('counts what it has no room for, and keeps what came before', () => {
  // A folder that was never made stands for a disk that takes nothing.
  const writer = new OutputWriter(new TemporaryFolder())
  for (const letter of ['a', 'b', 'c']) writer.write(Buffer.alloc(40_000, letter))
  const output = writer.finish()
  expect(output.bytes).toBe(40_000)
  expect(output.lostBytes).toBe(80_000)
  expect(text(output)).toBe('a'.repeat(40_000))
  expect(writer.finish()).toMatchObject({ bytes: 0, lostBytes: 0 })
})

it('goes on in a file where memory ends', () => {
  const folder = new TemporaryFolder()
  folder.make()
  onTestFinished(() => folder.remove())
  const writer = new OutputWriter(folder)
  for (const letter of ['a', 'b', 'c']) writer.write(Buffer.alloc(40_000, letter))
  const output = writer.finish()
  expect(text(output)).toBe('a'.repeat(40_000) + 'b'.repeat(40_000) + 'c'.repeat(40_000))
  expect(output.lostBytes).toBe(0)
})
