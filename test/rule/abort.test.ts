import assert from 'node:assert/strict'
import { test } from 'vitest'
import { runImmediately } from '#hob/index.js'
import type { RunRequest } from '#hob/rule/run/run-request.js'
import { RunFarm } from '../support/rule/run-farm.js'

const SHOP = `
import { jsonLines, rule } from 'hob'
export default rule({ name: 'sales', input: jsonLines(), keyParts: ['shop'], valueParts: ['amount', { max: 'amount' }], partitions: 2 })
`

/** So many groups that DuckDB is at work for some 100 ms in each stage. */
const LINES = Array.from({ length: 60_000 }, (_, at) => `{"shop":"shop ${at}","amount":${at}}\n`).join('')

/** Where it is stopped: as a stage begins, or in the middle. */
const STOPS: readonly (readonly [stage: 'reduce' | 'finish', afterMs: number | null])[] = [
  ['reduce', null],
  ['reduce', 60],
  ['finish', null],
  ['finish', 30],
]

test('a run that is told to stop while DuckDB works leaves the process alive and its folder empty', async () => {
  await using farm = await RunFarm.open(SHOP, 'memory:')
  await farm.writeBeside('sales.jsonl', LINES)
  const request: RunRequest = {
    address: { module: farm.module, rule: 'sales' },
    files: [farm.path('sales.jsonl')],
    runsFolder: farm.store.runsFolder,
    threads: 2,
  }
  for (const [stage, afterMs] of STOPS) {
    const abort = new AbortController()
    const stop = (): void => abort.abort(new Error('Ctrl-C'))
    const onProgress: RunRequest['onProgress'] = (progress) => {
      if (progress.stage !== stage) return
      if (afterMs === null) stop()
      else setTimeout(stop, afterMs)
    }
    await runImmediately({ ...request, signal: abort.signal, onProgress }).then(
      // On a quick machine it may have ended before.
      (outcome) => outcome[Symbol.asyncDispose](),
      (error) => assert.match(String(error), /Ctrl-C/),
    )
    assert.deepEqual(await farm.runFolders(), [])
  }
  await using outcome = await runImmediately(request)
  assert.equal(outcome.results[0]?.rowCount, 60_000)
})
