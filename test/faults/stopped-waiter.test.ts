import assert from 'node:assert/strict'
import { test } from 'vitest'
import { hob } from '../cli/hob.js'
import { type Farm, onFarm } from '../support/farm.js'
import { isAlive, type Running } from '../support/running.js'
import { until } from '../support/until.js'

/** Runs until `go` or its waiter's own word is there. */
const HELD = `
echo "$WAITER $$" >>begun
until [ -e go ] || [ -e "go-$WAITER" ]; do sleep 0.02; done
echo "$WAITER" >>finished`

/** A waiter that was stopped until another has its order. */
async function stopUntilTaken(farm: Farm): Promise<{ readonly stopped: Running; readonly other: Running }> {
  await farm.load(['the only one'])
  await farm.script('held', HELD)
  const stopped = farm.deliver('stopped', ['./held'])
  await until('it runs the order', async () => (await farm.lines('begun')).length === 1)
  // Who is stopped within a transaction keeps SQLite's lock.
  await farm.beats()
  stopped.kill('SIGSTOP')
  const other = farm.deliver('other', ['./held'])
  await until('another has the order', async () => (await farm.lines('begun')).length === 2)
  return { stopped, other }
}

/** What must be true in the end: the order is done once, by the other, and the stopped waiter was told. */
async function isDoneOnceByTheOther(farm: Farm, { err }: { readonly err: string }): Promise<void> {
  const [job, ...others] = await farm.jobs()
  assert.deepEqual(others, [])
  assert.ok(job)
  assert.deepEqual(
    { state: job.state, node: job.node, crashes: job.crashes },
    { state: 'done', node: 'other', crashes: 1 },
  )
  const told = err.match(/order \d+: its lease had ended, or a reset or clean took it back; this outcome is refused/g)
  assert.equal(told?.length, 1, err)
  assert.match(err, /0 delivered, 0 failed, 1 refused/)
  assert.match((await hob(['why', job.id], { cwd: farm.folder })).out, / stopped was lost: .*\n.* other did it/)
}

test('a waiter that wakes with an outcome for an order that another has done is refused', () =>
  onFarm(async (farm) => {
    const { stopped, other } = await stopUntilTaken(farm)
    await farm.touch('go')
    assert.equal((await other.ended).status, 0)
    await until('both commands have ended', async () => (await farm.lines('finished')).length === 2)
    stopped.kill('SIGCONT')
    await isDoneOnceByTheOther(farm, await stopped.ended)
  }))

test('a waiter that wakes with an outcome while another runs its order is refused', () =>
  onFarm(async (farm) => {
    const { stopped, other } = await stopUntilTaken(farm)
    await farm.touch('go-stopped')
    await until('its own command has ended', async () => (await farm.lines('finished')).length === 1)
    stopped.kill('SIGCONT')
    await stopped.says('this outcome is refused')
    await farm.touch('go')
    assert.equal((await other.ended).status, 0)
    await isDoneOnceByTheOther(farm, await stopped.ended)
  }))

test('a waiter that wakes with a command that still runs ends it, since the order is not its own any more', () =>
  onFarm(async (farm) => {
    const { stopped, other } = await stopUntilTaken(farm)
    const [, pid] = (await farm.lines('begun'))[0]?.split(' ') ?? []
    stopped.kill('SIGCONT')
    await stopped.says('this outcome is refused')
    assert.ok(!isAlive(Number(pid)))
    await farm.touch('go')
    assert.equal((await other.ended).status, 0)
    assert.deepEqual(await farm.lines('finished'), ['other'])
    await isDoneOnceByTheOther(farm, await stopped.ended)
  }))
