import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { EXIT_CODES } from '#hob/cli/exit-codes.js'
import { type JobState, TRANSITIONS } from '#hob/core/job-state.js'
import * as limits from '#hob/core/limits.js'
import { brokenLinks, ROOT, readDocument, readDocuments } from './documents.js'

describe('the documents', () => {
  test('link to what is there', () => {
    const broken = readDocuments().flatMap((document) =>
      brokenLinks(document).map((link) => `${document.path}: ${link}`),
    )
    assert.deepEqual(broken, [])
  })

  test('draw the states of a job as they are', () => {
    const moves = [...readDocument('docs/architecture.md').text.matchAll(/^ {2}(\w+) --> (\w+) :/gm)]
    const drawn = moves.map(([, from, to]) => `${from} → ${to}`)
    const allowed = Object.entries(TRANSITIONS).flatMap(([from, tos]: [string, readonly JobState[]]) =>
      tos.map((to) => `${from} → ${to}`),
    )
    assert.deepEqual(drawn.sort(), allowed.sort())
  })

  test('tell the limits as they are', () => {
    const rows = [...readDocument('docs/kitchens.md').text.matchAll(/^\| `([A-Z_]+)` \| ([\d,]+) \|/gm)]
    const told = Object.fromEntries(rows.map(([, name, value = '']) => [name, Number(value.replaceAll(',', ''))]))
    assert.deepEqual(told, { ...limits })
  })

  test('tell how much history a worker keeps', () => {
    const source = readFileSync(join(ROOT, 'src/queue/live-policy.ts'), 'utf8')
    const [, keep = ''] = /^const KEEP: Retention = (.*)$/m.exec(source) ?? []
    assert.ok(readDocument('docs/library.md').text.includes(`| \`keep\` | \`${keep}\` |`), keep)
    const [doneMax = ''] = /\d+/.exec(keep) ?? []
    assert.ok(readDocument('docs/kitchens.md').text.includes(`newest ${doneMax} jobs done`), doneMax)
  })

  test('tell the exit codes as the program does', () => {
    const rows = [...readDocument('docs/orders.md').text.matchAll(/^\| (\d[\d-]*) \| (.*) \|$/gm)]
    assert.deepEqual(
      rows.map(([, status, meaning]) => ({ status, meaning })),
      EXIT_CODES,
    )
  })

  test('name tests that are there, for each promise', () => {
    const rows = [...readDocument('docs/guarantees.md').text.matchAll(/^\| (?!promise|-)([^|]+) \|.*\| ([^|]+) \|$/gm)]
    assert.ok(rows.length > 0)
    for (const [, promise, proofs = ''] of rows) {
      const files = [...proofs.matchAll(/`(test\/[^`]+)`(?:: ([^;]+))?/g)]
      assert.ok(files.length > 0, `no test is named for: ${promise}`)
      for (const [, file = '', name] of files) {
        assert.ok(existsSync(join(ROOT, file)), `${file} is not there`)
        const named = name?.trim() ?? ''
        assert.ok(readFileSync(join(ROOT, file), 'utf8').includes(named), `${file} has no test '${named}'`)
      }
    }
  })
})
