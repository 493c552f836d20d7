import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { describe, test } from 'vitest'
import { hob, inScratchFolder } from './hob.js'
import { shell } from './shell.js'

/** Reads a line, and leaves only when the pipe is full and the writer waits. */
const HEAD = '(read -r line; echo "$line"; sleep 0.5)'

async function load(cwd: string, count: number): Promise<void> {
  await hob(['load', '-'], { cwd, input: Array.from({ length: count }, (_, at) => `${at}\n`).join('') })
}

/** How many orders are done or failed, and how many are left. */
async function counts(cwd: string): Promise<{ ended: number; ready: number }> {
  const { done, error, ready } = JSON.parse((await hob(['status', '--json'], { cwd })).out).queues[0].counts
  return { ended: done + error, ready }
}

describe('a reader that has had enough', () => {
  test.each(['hob extract', 'hob deliver --dry-run echo'])('ends %s quietly, also when it waits', (line) =>
    inScratchFolder(async (cwd) => {
      await load(cwd, 20_000)
      const { out, err } = await shell(`${line} | ${HEAD}; echo "\${PIPESTATUS[0]}"`, cwd)
      assert.match(out, /^.+\n0\n$/)
      assert.equal(err, '')
    }),
  )

  test('of errors ends a waiter gently, as one of the output does', () =>
    inScratchFolder(async (cwd) => {
      await load(cwd, 300)
      const fail = `sh -c 'sleep 0.05; exit 1'`
      const { out } = await shell(`hob deliver -j2 ${fail} 2>&1 | head -1; echo "\${PIPESTATUS[0]}"`, cwd)
      const { ended, ready } = await counts(cwd)
      assert.ok(ready > 0 && ready + ended === 300, `${ready} ${ended}`)
      assert.match(out, new RegExp(`^hob: order [12] failed: exit code 1\n${ended}\n$`))
    }))

  test('of errors does not keep another command from its work', () =>
    inScratchFolder(async (cwd) => {
      const { out } = await shell(`hob stats 2>&1 | true; echo "\${PIPESTATUS[0]}"`, cwd)
      assert.equal(out, '2\n')
    }))
})

describe.skipIf(!existsSync('/dev/full'))('a disk that is full', () => {
  const FULL = 'cannot write the output: no space is left on the device'

  test.each(['', '--json'])('under the output of a waiter stops it, and is told: deliver %s', (option) =>
    inScratchFolder(async (cwd) => {
      await load(cwd, 200)
      const { out, err } = await shell(`hob deliver ${option} echo >/dev/full; echo $?`, cwd)
      assert.equal(out, '1\n')
      assert.match(err, new RegExp(`^hob: ${FULL}: no more orders are taken[^]*\nhob: ${FULL}\n$`))
      assert.ok((await counts(cwd)).ready > 0)
    }),
  )

  test('under what is printed is told in words', () =>
    inScratchFolder(async (cwd) => {
      assert.deepEqual(await shell('hob --help >/dev/full; echo $? >&2', cwd), { out: '', err: `hob: ${FULL}\n1\n` })
    }))

  test('under the joblog of a waiter stops it; the account comes, and then the fault', () =>
    inScratchFolder(async (cwd) => {
      await load(cwd, 200)
      const { status, err } = await hob(['deliver', '--joblog', '/dev/full', 'true'], { cwd })
      assert.equal(status, 1)
      assert.match(
        err,
        /\nhob: \d+ delivered, 0 failed in .*\nhob: cannot write the joblog \/dev\/full: ENOSPC.*\nCheck/,
      )
      assert.ok((await counts(cwd)).ready > 0)
    }))
})
