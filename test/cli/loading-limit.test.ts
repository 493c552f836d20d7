import assert from 'node:assert/strict'
import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { promisify } from 'node:util'
import { test } from 'vitest'

const LIMIT = import.meta.resolve('#hob/cli/loading-limit.js')

const START_THREAD = import.meta.resolve('#hob/rule/run/start-thread.js')

const TOLD = 'a.ts: its loading did not end within 0.2s'

/** What Node prints that loads in this way, with 200 ms at most. */
async function loaded(load: string, { before = '', after = '' } = {}): Promise<string> {
  const script = `import { loadWithin } from '${LIMIT}'
    ${before}
    const kept = setInterval(() => {}, 1_000)
    const said = await loadWithin('a.ts', ${load}, 200).catch((error) => error.message)
    console.log(said)
    ${after}
    clearInterval(kept)`
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 20_000,
  })
  return stdout.trim()
}

test('a module that never ends its loading is told, whether it waits or spins', async () => {
  assert.equal(await loaded('() => new Promise(() => {})'), TOLD)
  assert.equal(await loaded('async () => { for (;;); }'), TOLD)
  assert.equal(await loaded('async () => 1'), '1')
}, 60_000)

test('a spare thread of rules watches, where there is one', async () => {
  const spare = `import { Worker } from 'node:worker_threads'
    import { startSpareThread, takeSpareThread } from '${START_THREAD}'
    startSpareThread(1_000_000_000, 'nothing')`
  const after = `const { thread } = takeSpareThread(1_024)
    const next = new Worker('', { eval: true })
    console.log(next.threadId - thread.threadId)
    await thread.terminate()`
  assert.equal(await loaded('async () => { for (;;); }', { before: spare, after }), `${TOLD}\n1`)
}, 60_000)

test('SIGTERM ends a process whose listener for it a spinning module keeps from hearing', async () => {
  const script = `import { endingAtOnce } from '${import.meta.resolve('#hob/cli/interrupt.js')}'
    import { writeSync } from 'node:fs'
    process.on('SIGTERM', () => {})
    await endingAtOnce(async () => { writeSync(1, 'spins'); for (;;); })`
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    await once(child.stdout, 'data')
    child.kill('SIGTERM')
    assert.deepEqual(await once(child, 'exit'), [null, 'SIGTERM'])
  } finally {
    child.kill('SIGKILL')
  }
}, 20_000)
