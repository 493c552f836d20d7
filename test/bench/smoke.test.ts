import assert from 'node:assert/strict'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const RUN = fileURLToPath(new URL('../../bench/run.mjs', import.meta.url))

/** Says nothing of speed: only that the benchmarks run, on a few hundred jobs, and compare. */
test('a benchmark runs and tells a ratio', async () => {
  const args = [RUN, 'sqlite', '--quick', '--rounds', '1', '--only', 'send one']
  const { stdout } = await promisify(execFile)(process.execPath, args)
  const row = stdout.split('\n').find((line) => line.startsWith('| send one'))
  assert.ok(row, stdout)
  expect(row).toMatch(/bare loop: [\d .]+ jobs\/s\s+\| \d+\.\d\d × \|/)
})

test('an unknown row or suite is refused with its usage', async () => {
  const bench = (...args: string[]) => promisify(execFile)(process.execPath, [RUN, ...args])
  await expect(bench('sqlite', '--only', 'sned')).rejects.toMatchObject({ code: 2 })
  await expect(bench('redis-of-tomorrow')).rejects.toMatchObject({ code: 2 })
})
