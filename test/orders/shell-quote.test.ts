import { execFileSync } from 'node:child_process'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { quoteArgument } from '#hob/orders/shell-quote.js'

describe('quoteArgument', () => {
  it('leaves plain words bare, and no other', () => {
    expect(['a', '/usr/bin/env', '--x', 'a@b,c'].map(quoteArgument)).toEqual(['a', '/usr/bin/env', '--x', 'a@b,c'])
    expect(['', 'a=b', "it's", '~', 'a\n'].map(quoteArgument)).toEqual(["''", "'a=b'", "'it'\\''s'", "'~'", "'a\n'"])
  })

  it('is read back by a shell as it was', () => {
    const text = fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0') && !/\p{Surrogate}/u.test(text))
    fc.assert(
      fc.property(fc.array(text, { minLength: 1, maxLength: 50 }), (words) => {
        const script = `printf '%s\\0' ${words.map(quoteArgument).join(' ')}`
        expect(execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' })).toBe(`${words.join('\0')}\0`)
      }),
      { numRuns: 50 },
    )
  })
})
