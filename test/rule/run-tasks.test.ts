import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import type { Kitchen, QueueWorker } from '#hob/index.js'
import { Queue } from '#hob/queue/queue.js'
import { type AttemptFolder, RunFolder } from '#hob/rule/run/run-folder.js'
import { type TaskPayload, taskName } from '#hob/rule/run/run-payload.js'
import { doTasks } from '#hob/rule/run/run-tasks.js'
import { tasksQueue } from '#hob/rule/run/task-job.js'
import { openTestKitchen } from '#hob/testing.js'

const scope = { rule: 'm.r', run: 'm.r@1', attempt: 1, version: 'v', source: '', kind: 'map' } as const

async function inFolder(work: (folder: AttemptFolder) => Promise<void>): Promise<void> {
  const path = await mkdtemp(join(tmpdir(), 'hob-tasks-'))
  await work(new RunFolder(path, scope.run).attempt(1, 'v')).finally(() => rm(path, { recursive: true }))
}

/** Does each task by making its number. */
const startWorker = ({ parts }: Pick<Kitchen, 'parts'>, folder: AttemptFolder): QueueWorker =>
  new Queue(tasksQueue, parts).work(async ({ payload }) => {
    const task = payload as TaskPayload
    await folder.make(taskName(task), async () => task.index)
  })

test('a task that was cancelled when its rule was edited is done when the edit is taken back', () =>
  inFolder(async (folder) => {
    await using kitchen = openTestKitchen()
    const { parts, broker } = kitchen
    const batch = { scope, count: 2, folder, onDone: () => {} }
    const edited = AbortSignal.abort(new Error('the rule was changed'))
    await assert.rejects(doTasks(parts, { ...batch, signal: edited }), /was changed/)
    const states = async () => (await broker.jobs({ queue: tasksQueue.name, countMax: 10 })).map(({ state }) => state)
    assert.deepEqual(await states(), ['cancelled', 'cancelled'])
    await using _worker = startWorker(kitchen, folder)
    assert.deepEqual(await doTasks(parts, { ...batch, signal: new AbortController().signal }), [0, 1])
  }))

test('a hundred tasks make Node warn of nothing', () =>
  inFolder(async (folder) => {
    const warnings: Error[] = []
    const onWarning = (warning: Error) => warnings.push(warning)
    process.on('warning', onWarning)
    await using kitchen = openTestKitchen()
    await using _worker = startWorker(kitchen, folder)
    const { signal } = new AbortController()
    const made = await doTasks(kitchen.parts, { scope, count: 100, folder, signal, onDone: () => {} })
    process.off('warning', onWarning)
    assert.deepEqual([made.length, warnings], [100, []])
  }))
