import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'vitest'
import { ROOT } from '../docs/documents.js'

test('examples/mail-queue.ts prints what it does', () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    ['--import', 'jiti/register', 'examples/mail-queue.ts'],
    { cwd: ROOT, encoding: 'utf8' },
  )
  assert.equal(stderr, '')
  assert.equal(status, 0)
  assert.deepEqual(stdout.trim().split('\n'), [
    'sent once: true',
    'the reminder: cancelled',
    'letter: postedAt',
    'letter: postedAt',
    'letter: error, nobody lives at eve@example.com',
    'letter: postedAt',
    "ArgumentError: the payload does not fit queue 'letters': to: Invalid email address",
    "the welcome's log: 2 lines, the last one 'posting 'Hello' to ada@example.org'",
  ])
})
