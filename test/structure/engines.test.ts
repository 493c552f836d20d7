import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'vitest'
import { ROOT } from './sources.js'

/** The engines by the functions that open their URLs: `openSqliteUrl` is that of `sqlite`, whatever its schemes. */
function engines(): readonly string[] {
  const text = readFileSync(join(ROOT, 'src/engines.ts'), 'utf8')
  const table = /const ENGINES\b.*?\n\]\)/s.exec(text)?.[0] ?? ''
  return [...new Set([...table.matchAll(/\bopen(\w+)Url\b/g)].map(([, name = '']) => name.toLowerCase()))]
}

test('every engine runs all laws and the walk', () => {
  assert.ok(engines().length >= 2)
  for (const engine of engines()) {
    const text = readFileSync(join(ROOT, 'test/broker', `${engine}.test.ts`), 'utf8')
    // At the start of a line: not in a part that may be skipped. `lawsOf` then fails when none of them ran.
    assert.match(text, new RegExp(`^brokerLaws\\(${engine}Engine\\)$`, 'm'))
    assert.match(text, new RegExp(`^walk\\(${engine}Engine\\b`, 'm'))
  }
})
