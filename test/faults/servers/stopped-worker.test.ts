import assert from 'node:assert/strict'
import { describe, test } from 'vitest'
import { type Running, startFixture } from '../../support/running.js'
import { KITCHEN_SERVERS } from '../../support/servers/kinds.js'
import { onServer } from '../../support/servers/on-server.js'
import { until } from '../../support/until.js'

const says = (worker: Running, line: string): Promise<boolean> =>
  until(`it says "${line}"; it said "${worker.out}"`, () => worker.out.split('\n').includes(line))

describe.each(KITCHEN_SERVERS)('$name', ({ start }) => {
  test('a worker that was stopped past its lease is refused, and the one that has its job is not disturbed', () =>
    onServer(start, async ({ farm }) => {
      const begin = (name: string, blockMs: number) =>
        startFixture('worker', [farm.url, JSON.stringify({ name, blockMs, leaseMs: 1_000 })], { cwd: farm.folder })
      const { id } = await farm.look((kitchen) => kitchen.queue('q').send('a job'))
      const stopped = begin('stopped', 500)
      await says(stopped, `begun ${id} 1`)
      stopped.kill('SIGSTOP')
      const other = begin('other', 0)
      await says(other, `begun ${id} 2`)
      await until('the job is done', async () => (await farm.jobs())[0]?.state === 'done')
      stopped.kill('SIGCONT')
      await says(stopped, `ended ${id}`)
      for (const worker of [stopped, other]) {
        worker.type('end\n')
        assert.equal((await worker.ended).status, 0)
      }
      const [job, ...more] = await farm.jobs()
      assert.deepEqual(more, [])
      const { state, node, attempts, failures, crashes } = job ?? {}
      assert.deepEqual(
        { state, node, attempts, failures, crashes },
        { state: 'done', node: 'other', attempts: 2, failures: 0, crashes: 1 },
      )
    }))
})
