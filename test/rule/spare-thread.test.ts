import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { describe, test } from 'vitest'

/** Runs a script with a spare thread, whose state is `loading` (by `LOADING`: 1 begun, 2 done). */
function run(script: string): { readonly status: number | null; readonly said: string } {
  const source = `
    import { heapMbOf, startSpareThread, takeSpareThread } from ${JSON.stringify(urlOf('start-thread'))}
    import { RuleThreads } from ${JSON.stringify(urlOf('rule-threads'))}
    startSpareThread(1e9)
    const reach = async (state) => {
      const { loading } = takeSpareThread(heapMbOf(1e9))
      while (Atomics.load(loading, 0) < state) await new Promise((go) => setTimeout(go, 1))
    }
    ${script}`
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', source], {
    encoding: 'utf8',
    timeout: 10_000,
  })
  return { status, said: stdout + stderr }
}

const urlOf = (name: string): string => import.meta.resolve(`#hob/rule/run/${name}.js`)

describe('a process with a spare thread', () => {
  test('ends well while the thread loads DuckDB', () => {
    // The moment that is the end of the process without a guard comes within a few of these.
    for (const waitMs of [0, 10, 20, 30, 40, 50, 60].slice(0, availableParallelism() * 4)) {
      const ended = run(`await reach(1); await new Promise((go) => setTimeout(go, ${waitMs})); process.exit(7)`)
      assert.deepEqual(ended, { status: 7, said: '' }, `after ${waitMs} ms`)
    }
  })

  test('ends before the thread has begun with it, without waiting', () => {
    assert.deepEqual(run('process.exitCode = 7'), { status: 7, said: '' })
    assert.deepEqual(run('process.exit(7)'), { status: 7, said: '' })
  })

  test('gives it to the first who asks for one of its size', () => {
    const ended = run(`
      console.log(takeSpareThread(heapMbOf(8e9)), takeSpareThread(heapMbOf(1e9)) !== null, takeSpareThread(heapMbOf(1e9)))
      process.exit(7)`)
    assert.deepEqual(ended, { status: 7, said: 'null true null\n' })
  })

  test('has its first task done by it, and closes it when DuckDB is loaded', () => {
    const ended = run(`
      const threads = new RuleThreads({ size: 1, memoryBytes: 1e9 })
      const order = { address: { module: '/none.ts', rule: 'none' }, version: null, task: { kind: 'facts' } }
      const doing = threads.run(order).catch((error) => console.log(error.code))
      await new Promise((go) => setImmediate(go))
      console.log(takeSpareThread(heapMbOf(1e9)))
      await Promise.all([doing, threads.close()])
      console.log('closed')`)
    assert.equal(ended.status, 0)
    assert.match(ended.said, /^null\n(rule|fault)\nclosed\n$/)
  })

  test('makes as many ready as an input is for and threads are, once', () => {
    const ended = run(`
      const order = { address: { module: '/none.ts', rule: 'none' }, version: null }
      const threads = new RuleThreads({ size: 3, memoryBytes: 1e9, isOneRun: true })
      const listeners = process.listenerCount('exit')
      const ports = () => process.getActiveResourcesInfo().filter((each) => each === 'MessagePort').length
      const counts = []
      for (const mebibytes of [32, 33, 300, 300]) {
        threads.makeReady(order, mebibytes * 2 ** 20)
        await new Promise((go) => setImmediate(go))
        counts.push(ports())
      }
      console.log(counts.map((count) => count - counts[0]).join(), process.listenerCount('exit') - listeners)
      const shared = new RuleThreads({ size: 3, memoryBytes: 1e9 })
      shared.makeReady(order, 2 ** 30)
      await threads.run({ ...order, task: { kind: 'facts' } }).catch((error) => console.log(error.code))
      await threads.close()
      threads.makeReady(order, 2 ** 30)
      process.exitCode = 7`)
    assert.deepEqual(ended, { status: 7, said: '0,1,2,2 0\nrule\n' })
  })
})
