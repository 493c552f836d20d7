import assert from 'node:assert/strict'
import fc from 'fast-check'
import { test } from 'vitest'
import { everyLineBalances } from '#hob/rule/map/balanced-lines.js'
import { runsOf } from './arbitraries.js'

/** As plain as can be. */
const balances = (bytes: Buffer): boolean =>
  bytes
    .toString('latin1')
    .split('\n')
    .every((line) => (line.split('"').length - 1) % 2 === 0)

/** Texts of few characters, so that quotes and line ends meet; repeated, so that they cross what is looked through at a time. */
const text = fc
  .tuple(fc.array(fc.constantFrom('"', '""', '\n', 'a', ',', 'é', '\u0000', '"\n"')), fc.nat(100))
  .map(([parts, times]) => Buffer.from(parts.join('').repeat(1 + times)))

test('lines balance when each has an even number of quotes', () => {
  fc.assert(
    fc.property(text, (bytes) => {
      assert.equal(everyLineBalances(bytes), balances(bytes))
    }),
    runsOf(3_000),
  )
})

test('a single quote is found wherever it stands, also in a block of megabytes', () => {
  const line = Buffer.from(`${'"x",'.repeat(20)}1\n`)
  const bytes = Buffer.concat(Array.from({ length: 12_000 }, () => line))
  assert.ok(everyLineBalances(bytes))
  for (const around of [0, 64, 128, 262_144, 524_288, bytes.length - 2]) {
    for (let at = Math.max(0, around - 70); at <= Math.min(bytes.length - 2, around + 70); at++) {
      const before = bytes[at] as number
      if (before === 10) continue
      bytes[at] = before === 34 ? 120 : 34
      assert.equal(everyLineBalances(bytes), false, `at ${at}`)
      bytes[at] = before
    }
  }
  // Its line has no end.
  assert.equal(everyLineBalances(Buffer.from('a,b\n"c')), false)
  assert.ok(everyLineBalances(Buffer.from('')))
})
