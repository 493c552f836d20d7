import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { findPostgres, findProgram } from '../support/servers/programs.mjs'

const RUN = fileURLToPath(new URL('../../bench/run.mjs', import.meta.url))

/** Says nothing of speed: only that the benchmarks run, on a few hundred jobs, and compare. */
async function expectRatio(suite: string, row: string, peer: string, unit = 'jobs/s'): Promise<void> {
  const args = [RUN, suite, '--quick', '--rounds', '1', '--only', row]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const line = stdout.split('\n').find((text) => text.startsWith(`| ${row}`))
  assert.ok(line, stdout)
  expect(line).toMatch(new RegExp(`${peer}: [\\d .]+ ${unit}\\s+\\| \\d+\\.\\d\\d × +\\|`))
}

test('a benchmark on SQLite runs and tells a ratio', () => expectRatio('sqlite', 'send one', 'bare loop'))

test.skipIf(findProgram('redis-server') === undefined)('one on a Redis of its own', () =>
  expectRatio('queue', 'redis send one bare', 'bare-redis'),
)

test.skipIf(findPostgres() === undefined)('one on a PostgreSQL of its own, with two processes', () =>
  expectRatio('queue', 'postgres two workers', 'one'),
)

test('one of rules, with a peer that needs nothing else and has the same answer', () =>
  expectRatio('rules', 'names one thread', 'bare loop', 'lines/s'))

test('an unknown row or suite is refused with its usage', async () => {
  const bench = (...args: string[]) => promisify(execFile)(process.execPath, [RUN, ...args])
  await expect(bench('sqlite', '--only', 'sned')).rejects.toMatchObject({ code: 2 })
  await expect(bench('redis-of-tomorrow')).rejects.toMatchObject({ code: 2 })
})
