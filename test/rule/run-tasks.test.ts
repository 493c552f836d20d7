import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { Queue } from '#hob/queue/queue.js'
import { RunFolder } from '#hob/rule/run/run-folder.js'
import { type TaskPayload, taskName } from '#hob/rule/run/run-payload.js'
import { doTasks } from '#hob/rule/run/run-tasks.js'
import { tasksQueue } from '#hob/rule/run/task-job.js'
import { openTestKitchen } from '#hob/testing.js'

test('a task that was cancelled when its rule was edited is done when the edit is taken back', async () => {
  const path = await mkdtemp(join(tmpdir(), 'hob-tasks-'))
  await using kitchen = openTestKitchen()
  const { parts, broker } = kitchen
  const folder = new RunFolder(path, 'm.r@1').attempt(1, 'v')
  const scope = { rule: 'm.r', run: 'm.r@1', attempt: 1, version: 'v', source: '', kind: 'map' } as const
  const batch = { scope, count: 2, folder, onDone: () => {} }
  const edited = AbortSignal.abort(new Error('the rule was changed'))
  await assert.rejects(doTasks(parts, { ...batch, signal: edited }), /was changed/)
  const states = async () => (await broker.jobs({ queue: tasksQueue.name, countMax: 10 })).map(({ state }) => state)
  assert.deepEqual(await states(), ['cancelled', 'cancelled'])
  const worker = new Queue(tasksQueue, parts).work(async ({ payload }) => {
    const task = payload as TaskPayload
    await folder.make(taskName(task), async () => task.index)
  })
  assert.deepEqual(await doTasks(parts, { ...batch, signal: new AbortController().signal }), [0, 1])
  await worker.stop()
  await rm(path, { recursive: true })
})
