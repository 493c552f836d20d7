import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import fc from 'fast-check'
import { test } from 'vitest'
import { oneLineCommand, shellCommand, shellQuote, singleQuote } from '#hob/orders/shell-quote.js'

/** The arguments as a shell reads them. */
function readBack(shell: string, command: string): readonly string[] {
  const { stdout } = spawnSync(shell, ['-c', `printf '%s\\0' ${command}`], { encoding: 'utf8' })
  return stdout.split('\0').slice(0, -1)
}

const argument = fc.string({ unit: 'grapheme' }).map((text) => text.replaceAll('\0', ''))
const odd = fc.string({
  unit: fc.constantFrom("'", '"', '\\', '\n', '\t', '\x01', '\x7f', '$', '`', '!', '7', ' ', '~', '=', '*'),
})
const anyArguments = fc.array(fc.oneof(argument, odd), { minLength: 1, maxLength: 8 })

test('a shell reads back what was quoted', () => {
  fc.assert(
    fc.property(anyArguments, (command) => {
      assert.deepEqual(readBack('/bin/sh', shellCommand(command)), command)
      assert.deepEqual(readBack('/bin/sh', command.map(singleQuote).join(' ')), command)
    }),
    { numRuns: 60 },
  )
})

test('a command on one line has no tabs, and bash reads it back', () => {
  fc.assert(
    fc.property(anyArguments, (command) => {
      const line = oneLineCommand(command)
      assert.doesNotMatch(line, /[\t\n\r]/)
      assert.deepEqual(readBack('bash', line), command)
    }),
    { numRuns: 60 },
  )
})

test('a word that needs no quotes has none', () => {
  assert.deepEqual(['a/b-c.txt', '', 'a b', "it's", '~', 'a=b', '-x', 'é'].map(shellQuote), [
    'a/b-c.txt',
    "''",
    "'a b'",
    "'it'\\''s'",
    "'~'",
    "'a=b'",
    '-x',
    "'é'",
  ])
  assert.equal(oneLineCommand(['printf', 'a\tb\n\x017', 'c']), "printf $'a\\tb\\n\\0017' c")
})
