import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'vitest'
import { ROOT } from '../docs/documents.js'

/** A worker whose store fails for good, in a program that does `then` with it. */
const program = (then: string): string => `
  import { KitchenError, openKitchen } from 'hob'
  const kitchen = await openKitchen('memory:')
  const worker = kitchen.queue('q').work(() => {})
  kitchen.broker.take = async () => { throw new KitchenError('corrupt', 'the store is damaged') }
  ${then}
  await new Promise((resolve) => setTimeout(resolve, 1_000))
  console.log('still here')
`

const run = (then: string) =>
  spawnSync(process.execPath, ['--input-type=module', '--eval', program(then)], { cwd: ROOT, encoding: 'utf8' })

test('a worker that can work no more ends its process, unless the program listens', () => {
  const unseen = run('')
  assert.notEqual(unseen.status, 0)
  assert.match(unseen.stderr, /the store is damaged/)
  assert.equal(unseen.stdout, '')
  const seen = run('worker.finished.catch(({ code }) => console.log(code))')
  assert.equal(seen.stdout, 'corrupt\nstill here\n')
})
