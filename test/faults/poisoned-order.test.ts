import assert from 'node:assert/strict'
import { test } from 'vitest'
import { hob } from '../cli/hob.js'
import { onFarm } from '../support/farm.js'

/**
 * The poisoned order kills its waiter each time. The innocent ones that run beside it last until it does, twice: some
 * are then as suspect as the poison itself.
 */
const COMMAND = `
killed=$(cat killed 2>/dev/null | wc -l)
if [ "$1" = poison ]; then
  until [ "$killed" -ge 2 ] || [ "$(ls beside | wc -l)" -ge 3 ]; do sleep 0.02; done
  rm -f beside/*
  echo killed >>killed
  kill -KILL "$WAITER_PID"
  sleep 1000
fi
touch "beside/$1"
[ "$killed" -ge 2 ] || sleep 1000
echo "$1" >>finished`

/** More would be a loop. */
const WAITERS_MAX = 6

test('an order that kills its waiter each time is set aside after three, and takes no innocent neighbour along', () =>
  onFarm(async (farm) => {
    await farm.load(['a', 'poison', 'b', 'c', 'd', 'e'])
    await farm.script('command', `mkdir -p beside\n${COMMAND}`)
    const ends: (string | number | null)[] = []
    while (ends.at(-1) !== 0 && ends.length < WAITERS_MAX) {
      const { status, signal } = await farm.deliver(`waiter-${ends.length}`, ['-j', '4', './command']).ended
      ends.push(signal ?? status)
    }
    assert.deepEqual(ends, ['SIGKILL', 'SIGKILL', 'SIGKILL', 0])
    // One may have been done just when the poison struck a third time, and is then done again: a set.
    assert.deepEqual([...new Set(await farm.lines('finished'))].sort(), ['a', 'b', 'c', 'd', 'e'])

    const jobs = await farm.jobs()
    const [poison, ...otherErrors] = jobs.filter(({ state }) => state !== 'done')
    assert.deepEqual(otherErrors, [])
    assert.ok(poison)
    assert.equal(poison.payload, '["poison"]')
    assert.deepEqual({ state: poison.state, crashes: poison.crashes }, { state: 'error', crashes: 3 })
    assert.ok(
      jobs.some((job) => job.state === 'done' && job.crashes === 2),
      'no innocent order was ever as suspect as the poison: the test proves nothing',
    )

    const { out } = await hob(['why', poison.id], { cwd: farm.folder })
    for (const waiter of ['waiter-0', 'waiter-1', 'waiter-2']) assert.match(out, new RegExp(` ${waiter} was lost`))
    assert.match(out, /It was set aside because its waiter was lost 3 times\.\nIt stays in ERROR until `hob reset`\./)
  }))
