import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'vitest'
import { HOB } from '../cli/hob.js'
import { type Farm, onFarm } from '../support/farm.js'
import { isAlive, type Running, start } from '../support/running.js'
import { until } from '../support/until.js'

/** Runs until `go` is there, and tells each signal that it gets. */
const HELD = `
trap 'echo INT >>signals' INT
echo "$1 $$" >>begun
until [ -e go ]; do sleep 0.02; done
echo "$1" >>finished`

/** Ends only when it is killed. */
const STUBBORN = `
trap 'echo INT >>signals' INT
trap 'echo TERM >>signals' TERM
echo "$1 $$" >>begun
while :; do sleep 0.02; done`

const FIRST_WORD = 'no more orders are taken; what runs may end'

async function begins(farm: Farm, countMin = 1): Promise<readonly number[]> {
  await until(`${countMin} commands have begun`, async () => (await farm.lines('begun')).length >= countMin)
  return (await farm.lines('begun')).map((line) => Number(line.split(' ')[1]))
}

/** State and attempts of each order, as they were loaded. */
const states = async (farm: Farm): Promise<readonly string[]> =>
  (await farm.jobs()).map(({ state, attempts, crashes }) => `${state} ${attempts} ${crashes}`)

/** Starts a waiter on three orders and waits until it runs the first. */
async function atWork(farm: Farm, script: string, args: readonly string[]): Promise<Running> {
  await farm.load(['1', '2', '3'])
  const waiter = farm.deliver('waiter', [...args, await farm.script('command', script)])
  await begins(farm)
  return waiter
}

/** The order that was given back stands before the others again: the next waiter begins with it. */
async function isFirstInLine(farm: Farm, order: string): Promise<void> {
  await farm.script('command', 'echo "$1" >>next')
  assert.equal((await farm.deliver('next', ['--max', '1', './command']).ended).status, 0)
  assert.deepEqual(await farm.lines('next'), [order])
}

test('Ctrl-C: it takes no more, waits for what runs, and ends with 130', () =>
  onFarm(async (farm) => {
    const waiter = await atWork(farm, HELD, [])
    waiter.kill('SIGINT')
    await waiter.says(FIRST_WORD)
    assert.ok(!waiter.hasEnded)
    await farm.touch('go')
    const { status, err } = await waiter.ended
    assert.equal(status, 130)
    assert.match(err, /1 delivered, 0 failed in/)
    assert.deepEqual(await farm.lines('finished'), ['1'])
    assert.deepEqual(await states(farm), ['done 1 0', 'ready 0 0', 'ready 0 0'])
    assert.deepEqual(await farm.temporaryFiles(), [])
  }))

test('Ctrl-C twice: what runs is told to end, then killed, and its order is given back uncounted', () =>
  onFarm(async (farm) => {
    const waiter = await atWork(farm, STUBBORN, [])
    const [pid = 0] = await begins(farm)
    waiter.kill('SIGINT')
    await waiter.says(FIRST_WORD)
    assert.ok(isAlive(pid))
    waiter.kill('SIGINT')
    await waiter.says('ending what runs')
    const { status, err } = await waiter.ended
    assert.equal(status, 130)
    assert.match(err, /0 delivered, 0 failed, 1 given back/)
    assert.ok(!isAlive(pid))
    assert.deepEqual(await farm.lines('signals'), ['TERM'])
    assert.deepEqual(await states(farm), ['ready 0 0', 'ready 0 0', 'ready 0 0'])
    assert.deepEqual(await farm.temporaryFiles(), [])
    await isFirstInLine(farm, '1')
  }))

test('Ctrl-C three times: it ends at once; the command dies, and the lease gives the order back', () =>
  onFarm(async (farm) => {
    const waiter = await atWork(farm, STUBBORN, [])
    const [pid = 0] = await begins(farm)
    waiter.kill('SIGINT')
    await waiter.says(FIRST_WORD)
    waiter.kill('SIGINT')
    await waiter.says('ending what runs')
    waiter.kill('SIGINT')
    assert.equal((await waiter.ended).signal, 'SIGINT')
    await until('the command is gone', () => !isAlive(pid))
    await until('its temporary folder is gone', async () => (await farm.temporaryFiles()).length === 0)
    await farm.script('command', 'true')
    assert.equal((await farm.deliver('next', ['./command']).ended).status, 0)
    assert.deepEqual(await states(farm), ['done 2 1', 'done 1 0', 'done 1 0'])
  }))

test('SIGTERM: what ends within the grace is done, and it ends with 143', () =>
  onFarm(async (farm) => {
    const waiter = await atWork(farm, HELD, ['--grace', '1m'])
    waiter.kill('SIGTERM')
    await waiter.says('terminated: no more orders are taken; what runs may end within 60s')
    await farm.touch('go')
    assert.equal((await waiter.ended).status, 143)
    assert.deepEqual(await states(farm), ['done 1 0', 'ready 0 0', 'ready 0 0'])
  }))

test('SIGTERM: what outlasts the grace is ended and given back, and it ends with 143', () =>
  onFarm(async (farm) => {
    const waiter = await atWork(farm, HELD, ['--grace', '300ms'])
    const [pid = 0] = await begins(farm)
    waiter.kill('SIGTERM')
    const { status, err } = await waiter.ended
    assert.equal(status, 143)
    assert.match(err, /0 delivered, 0 failed, 1 given back/)
    assert.ok(!isAlive(pid))
    assert.deepEqual(await states(farm), ['ready 0 0', 'ready 0 0', 'ready 0 0'])
    await isFirstInLine(farm, '1')
  }))

const CTRL_C = '\x03'

const hasScript = spawnSync('script', ['--version']).stdout?.includes('util-linux') ?? false

// script(1) of util-linux makes the terminal; other systems have none, or one with other options.
test.skipIf(!hasScript)('a Ctrl-C typed on a terminal reaches the waiter, and not the commands that it runs', () =>
  onFarm(async (farm) => {
    await farm.load(['1', '2'])
    await farm.script('command', HELD)
    await farm.script('waiter', 'exec "$NODE" "$HOB" deliver --name waiter --lease 1s ./command')
    const terminal = start('script', ['-qec', './waiter', '/dev/null'], {
      cwd: farm.folder,
      env: { NODE: process.execPath, HOB, TMPDIR: farm.path('tmp'), SHELL: '/bin/sh' },
    })
    await begins(farm)
    terminal.type(CTRL_C)
    await until('the waiter has heard it', () => terminal.out.includes(FIRST_WORD))
    assert.deepEqual(await farm.lines('signals'), [])
    await farm.touch('go')
    const { status, out } = await terminal.ended
    assert.equal(status, 130, out)
    assert.deepEqual(await farm.lines('finished'), ['1'])
    assert.deepEqual(await farm.lines('signals'), [])
    assert.deepEqual(await states(farm), ['done 1 0', 'ready 0 0'])
  }),
)
