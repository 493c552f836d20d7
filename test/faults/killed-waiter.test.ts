import assert from 'node:assert/strict'
import { test } from 'vitest'
import { hob } from '../cli/hob.js'
import { type Farm, onFarm } from '../support/farm.js'
import { isAlive, type Running } from '../support/running.js'
import { until } from '../support/until.js'

/** Begins with two children and a grandchild that outlive their parents; once `go` is there, it does its work at once. */
const FAMILY = `
echo "$HOB_ORDER_ID" >>begun
if [ ! -e go ]; then
  sleep 1000 & echo $! >>pids
  sh -c 'sleep 1000 & echo $! >>pids; wait' & echo $! >>pids
  echo $$ >>pids
  wait
fi
echo "$HOB_ORDER_ID" >>finished`

/** Kills a waiter that runs two families, and answers their pids and the moment of the kill. */
async function killAtWork(farm: Farm): Promise<{ readonly pids: readonly number[]; readonly killedMs: number }> {
  await farm.load(['1', '2', '3', '4', '5', '6'])
  const waiter = farm.deliver('killed', ['-j', '2', await farm.script('family', FAMILY)])
  await until('both families are complete', async () => (await farm.lines('pids')).length === 8)
  const pids = (await farm.lines('pids')).map(Number)
  assert.ok(pids.every(isAlive))
  waiter.kill('SIGKILL')
  return { pids, killedMs: performance.now() }
}

test('the commands of a killed waiter die with it, children and all, within a second', () =>
  onFarm(async (farm) => {
    const { pids, killedMs } = await killAtWork(farm)
    await until('every process of its commands is gone', () => !pids.some(isAlive))
    const tookMs = performance.now() - killedMs
    assert.ok(tookMs < 1_000, `it took ${tookMs} ms`)
    await until('its temporary folder is gone', async () => (await farm.temporaryFiles()).length === 0)
  }))

test('its orders come back when the lease ends: none is lost, none is done twice', () =>
  onFarm(async (farm) => {
    await killAtWork(farm)
    await farm.touch('go')
    const heir = await farm.deliver('heir', ['-j', '2', './family']).ended
    assert.equal(heir.status, 0, heir.err)

    const begun = await farm.lines('begun')
    const finished = await farm.lines('finished')
    const ids = (await farm.jobs()).map(({ id }) => id)
    assert.deepEqual([...finished].sort(), [...ids].sort())
    const { out } = await hob(['extract', '--json'], { cwd: farm.folder })
    const orders: { _id: string; status: string; waiter: string; attempts: number }[] = JSON.parse(out)
    assert.deepEqual(
      orders.map(({ _id, status, waiter, attempts }) => ({ _id, status, waiter, attempts })),
      ids.map((_id) => {
        const attempts = begun.filter((id) => id === _id).length
        return { _id, status: 'DONE', waiter: 'heir', attempts }
      }),
    )
    assert.deepEqual(orders.map(({ attempts }) => attempts).sort(), [1, 1, 1, 1, 2, 2])
    const twice = orders.find(({ attempts }) => attempts === 2)?._id ?? ''
    const why = await hob(['why', twice], { cwd: farm.folder })
    assert.match(why.out, / killed was lost: its lease ended after .* without an outcome/)
  }))

test('a waiter that ends in peace leaves no temporary files', () =>
  onFarm(async (farm) => {
    await farm.load(['1', '2'])
    const waiter: Running = farm.deliver('peaceful', ['-j', '2', await farm.script('held', HELD)])
    await until('it runs both', async () => (await farm.lines('begun')).length === 2)
    assert.equal((await farm.temporaryFiles()).length, 1)
    await farm.touch('go')
    assert.equal((await waiter.ended).status, 0)
    assert.deepEqual(await farm.temporaryFiles(), [])
  }))

/** Runs until `go` is there. */
const HELD = `
echo "$HOB_ORDER_ID" >>begun
until [ -e go ]; do sleep 0.02; done`
