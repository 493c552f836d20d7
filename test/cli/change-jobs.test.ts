import assert from 'node:assert/strict'
import { join } from 'node:path'
import { test } from 'vitest'
import { defineQueue, openKitchen } from '#hob/index.js'
import { hob, inScratchFolder } from './hob.js'

/** Takes so many jobs and ends each in error. */
async function failAll(cwd: string, queue: string, count: number): Promise<void> {
  await using kitchen = await openKitchen(`sqlite:${join(cwd, '.hob/hob.db')}`)
  const jobs = await kitchen.broker.take({ queue, node: 'a', countMax: count, leaseMs: 60_000 })
  await kitchen.broker.commit(
    jobs.map(({ id, lease }) => ({ settle: { job: id, lease, outcome: { kind: 'error', error: 'boom' } } })),
  )
}

test('retry says of each job what became of it, and exits with 1 when one was not changed', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1', '2', '3'], { cwd })
    await failAll(cwd, 'mail', 2)
    const { status, out } = await hob(['retry', '1', '3', '9', '1'], { cwd })
    assert.deepEqual([status, out], [1, '1: put back to READY\n3: is READY: left as it is\n9: there is no such job\n'])
    const json = await hob(['retry', '2', '--json'], { cwd })
    assert.deepEqual([json.status, JSON.parse(json.out)], [0, [{ id: '2', result: 'changed' }]])
  }))

test('a whole queue is retried, page after page', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail'], { cwd, input: '1\n'.repeat(2_500) })
    await failAll(cwd, 'mail', 2_500)
    const { status, out } = await hob(['retry', '--queue', 'mail'], { cwd })
    assert.deepEqual([status, out], [0, '2,500 jobs of mail: put back to READY\n'])
    const [queue] = JSON.parse((await hob(['queues', '--json'], { cwd })).out)
    assert.deepEqual([queue.counts.ready, queue.counts.error], [2_500, 0])
  }))

test('a job whose key has another holder stays, and is told', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1', '--key', 'k'], { cwd })
    await failAll(cwd, 'mail', 1)
    await hob(['send', 'mail', '2', '--key', 'k'], { cwd })
    assert.deepEqual(await hob(['retry', '1'], { cwd }), {
      status: 1,
      out: '1: another job holds its key now: left as it is\n',
      err: '',
    })
    const whole = await hob(['retry', '--queue', 'mail'], { cwd })
    assert.deepEqual([whole.status, whole.out.split('\n')[1]], [1, '1 job: another job holds the key now: left'])
  }))

test('which jobs are meant must be clear', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1'], { cwd })
    const wrong = async (...args: string[]) => {
      const { status, err } = await hob(args, { cwd })
      assert.equal(status, 2, args.join(' '))
      return err
    }
    assert.match(await wrong('retry'), /no jobs were named\nGive their ids, or --queue NAME/)
    assert.match(await wrong('retry', '1', '--queue', 'mail'), /either ids or --queue/)
    assert.match(await wrong('retry', '1', '--state', 'error'), /--state goes with --queue/)
    assert.match(await wrong('retry', '--queue', 'mail', '--state', 'done'), /'done' is none of error, cancelled/)
    assert.match(await wrong('drop', '--queue', 'mail', '--yes'), /--state is missing/)
    assert.match(await wrong('drop', '--queue', 'mail', '--state', 'running', '--yes'), /'running' is none of/)
    assert.match((await hob(['retry', '--queue', 'mial'], { cwd })).err, /Did you mean mail\?/)
  }))

test('drop needs a yes, and leaves what runs', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1', '2', '3'], { cwd })
    assert.match((await hob(['drop', '1'], { cwd })).err, /no terminal to ask on\nAdd --yes/)
    await using kitchen = await openKitchen(`sqlite:${join(cwd, '.hob/hob.db')}`)
    await kitchen.broker.take({ queue: 'mail', node: 'a', countMax: 1, leaseMs: 60_000 })
    const named = await hob(['drop', '1', '2', '--yes'], { cwd })
    assert.deepEqual([named.status, named.out], [1, '1: is RUNNING: cancel it first, or let it end\n2: deleted\n'])
    const whole = await hob(['drop', '-q', 'mail', '--state', 'ready,done', '--yes', '--json'], { cwd })
    assert.deepEqual(JSON.parse(whole.out), { queue: 'mail', changed: 1, missing: 0, running: 0, unfit: 0, keyHeld: 0 })
    assert.equal(whole.status, 0)
  }))

test('cancel ends what waits, with the reason, and waits for what runs', () =>
  inScratchFolder(async (cwd) => {
    const mail = defineQueue({ name: 'mail' })
    await hob(['send', 'mail', '"obeys"'], { cwd })
    await using kitchen = await openKitchen(`sqlite:${join(cwd, '.hob/hob.db')}`)
    let begin = () => {}
    const begun = new Promise<void>((resolve) => {
      begin = resolve
    })
    await using worker = kitchen.work(mail, ({ signal }) => {
      begin()
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped'))))
    })
    await begun
    await kitchen.broker.pause({ queue: 'mail', isPaused: true })
    await hob(['send', 'mail', '"waits"'], { cwd })
    const { status, out } = await hob(['cancel', '1', '2', '9', '--reason', 'no more'], { cwd })
    assert.deepEqual([status, out], [1, '1: cancelled\n2: cancelled\n9: there is no such job\n'])
    const jobs = JSON.parse((await hob(['job', '1', '2', '--json'], { cwd })).out)
    assert.deepEqual(
      jobs.map(({ state, error }: { state: string; error: string }) => [state, error]),
      [
        ['cancelled', 'no more'],
        ['cancelled', 'no more'],
      ],
    )
    await worker.stop()
  }))

test('cancel says when a job still runs after its wait', () =>
  inScratchFolder(async (cwd) => {
    await hob(['send', 'mail', '1'], { cwd })
    await using kitchen = await openKitchen(`sqlite:${join(cwd, '.hob/hob.db')}`)
    // Held by one who does not listen.
    await kitchen.broker.take({ queue: 'mail', node: 'a', countMax: 1, leaseMs: 60_000 })
    const { status, out } = await hob(['cancel', '1', '--wait', '0.1s'], { cwd })
    assert.deepEqual([status, out], [1, '1: is RUNNING: its worker has been asked, and has not ended it yet\n'])
  }))
