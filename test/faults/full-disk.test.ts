import assert from 'node:assert/strict'
import { mkdir, readdir, rm, statfs, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, test } from 'vitest'
import { hob, inScratchFolder } from '../cli/hob.js'
import { Farm } from '../support/farm.js'
import { endAll } from '../support/running.js'
import { hasSmallDisks, withSmallDisk } from '../support/small-disk.js'
import { until } from '../support/until.js'

/** A farm whose kitchen is on a disk of its own; commands and their files are elsewhere. */
const onSmallDisk = (work: (farm: Farm, disk: string) => Promise<void>): Promise<void> =>
  inScratchFolder(async (place) => {
    await mkdir(join(place, 'tmp'))
    const disk = join(place, '.hob')
    // Room for a write-ahead log, which SQLite lets grow to 4 MiB before it is emptied.
    await withSmallDisk(disk, '8m', () => work(new Farm(place), disk).finally(endAll))
  })

// Only root may mount a small disk; elsewhere there is none to fill.
describe.skipIf(!hasSmallDisks)('a disk that is full', () => {
  test('load says how many orders are safe, and goes on when there is room again', () =>
    onSmallDisk(async (farm) => {
      const rows = Array.from({ length: 30_000 }, (_, row) => `order ${row} ${'x'.repeat(500)}`)
      await writeFile(farm.path('orders.txt'), rows.map((row) => `${row}\n`).join(''))
      await writeFile(farm.path('.hob/ballast'), Buffer.alloc(512 * 1024))

      const { status, out, err } = await hob(['load', 'orders.txt'], { cwd: farm.folder })
      assert.equal(status, 3, err)
      assert.equal(out, '')
      assert.match(
        err,
        /^hob: orders\.txt: stopped after line \d+: no room is left for \.hob\/hob\.db\nFree some disk space[^\n]*\n$/,
      )
      const loaded = Number(/(\d+) orders were loaded\./.exec(err)?.[1])
      assert.ok(loaded > 0 && loaded < rows.length, err)
      assert.match(err, new RegExp(`--from-line ${loaded + 1}\\.`))

      await rm(farm.path('.hob/ballast'))
      const jobs = await farm.jobs()
      assert.deepEqual(
        jobs.map(({ payload }) => payload),
        rows.slice(0, loaded).map((row) => JSON.stringify([row])),
      )

      const more = { cwd: farm.folder, input: 'one more\n' }
      assert.deepEqual(await hob(['load', '-'], more), { status: 0, out: 'loaded 1 order into orders\n', err: '' })
      assert.equal((await hob(['status'], { cwd: farm.folder })).status, 0)
    }))

  test('chunk says that there is no room, tags nothing, and leaves no half blob', () =>
    onSmallDisk(async (farm, disk) => {
      const lines = `${'x'.repeat(999)}\n`.repeat(12_000)
      await writeFile(farm.path('lines.txt'), lines)
      await writeFile(join(disk, 'ballast'), Buffer.alloc(4 * 1024 * 1024))
      const chunk = () => hob(['blob', 'chunk', 't', 'lines.txt', '--chunk-size', '1m'], { cwd: farm.folder })
      const { status, out, err } = await chunk()
      assert.deepEqual({ status, out }, { status: 1, out: '' })
      assert.match(err, /^hob: the store of blobs in \.hob\/blobs: no room is left\nFree some disk space[^\n]*\n$/)
      assert.deepEqual(await readdir(join(disk, 'blobs/tmp')), [])

      const kept = (await hob(['blob', 'ls'], { cwd: farm.folder })).out
      assert.equal(kept, 'there are no tags\n')
      // What was made stays for a day, for who tries again: it is there already.
      await rm(join(disk, 'ballast'))
      await writeFile(farm.path('lines.txt'), lines.slice(0, 2_000_000))
      assert.equal((await chunk()).status, 0)
      assert.equal((await hob(['blob', 'verify'], { cwd: farm.folder })).status, 0)
    }))

  test('a waiter whose outcomes find no room waits for it, and loses and invents none', () =>
    onSmallDisk(async (farm, disk) => {
      await farm.load(Array.from({ length: 40 }, (_, at) => `${at}`))
      // Outcomes with output need room: failures keep the tail of theirs.
      const noise = 'head -c 4000 /dev/urandom | od -c | head -c 4000; exit 3'
      await farm.script('command', `echo "$1" >>finished\nuntil [ -e full ]; do sleep 0.02; done\n${noise}`)
      const waiter = farm.deliver('waiter', ['--lease', '30s', './command'])
      await until('it works', async () => (await farm.lines('finished')).length === 1)
      // Its heartbeat would take of what is free while the rest is filled.
      await farm.beats()
      await fill(disk)
      await farm.touch('full')
      await waiter.says('no room is left')
      await rm(join(disk, 'ballast'))
      const { status, err } = await waiter.ended
      assert.equal(status, 40, err)
      assert.doesNotMatch(err, /\n {4}at /)
      // The heartbeat may be the first to find no room, and names the whole path.
      assert.equal(err.match(/^hob: no room is left for \S*\.hob\/hob\.db$/gm)?.length, 1, err)
      for (const { state, attempts, crashes } of await farm.jobs()) {
        assert.deepEqual({ state, attempts, crashes }, { state: 'error', attempts: 1, crashes: 0 })
      }
      assert.equal((await farm.lines('finished')).length, 40)
    }))

  test('a waiter that never finds room ends with one clear line; what it had acknowledged is there', () =>
    onSmallDisk(async (farm, disk) => {
      await farm.load(Array.from({ length: 200 }, (_, at) => `${at}`))
      await farm.script('command', `head -c 4000 /dev/urandom | od -c | head -c 4000; exit 3`)
      // Room for the first outcomes, each with 4 KB of output, and by far not for all.
      await fill(disk, 150 * 1024)
      const { status, err } = await farm.deliver('waiter', ['--json', './command']).ended
      assert.equal(status, 3, err)
      assert.match(err, /(^|\n)hob: no room is left for \S+\nFree some disk space[^\n]*\n$/)
      assert.doesNotMatch(err, /\n {4}at /)
      const acknowledged = new Set([...err.matchAll(/order (\d+) failed: exit code 3/g)].map(([, id]) => id))
      await rm(join(disk, 'ballast'))
      const inError = (await farm.jobs()).filter(({ state }) => state === 'error')
      assert.ok(acknowledged.size > 0, err)
      assert.deepEqual(inError.map(({ id }) => id).sort(), [...acknowledged].sort())

      await farm.script('command', 'true')
      const next = await farm.deliver('next', ['./command']).ended
      assert.equal(next.status, 0, next.err)
      const states = new Set((await farm.jobs()).map(({ state }) => state))
      assert.deepEqual([...states].sort(), ['done', 'error'])
    }))
})

/** Leaves so many bytes of a disk free. */
async function fill(disk: string, leftBytes = 0): Promise<void> {
  const { bavail, bsize } = await statfs(disk)
  await writeFile(join(disk, 'ballast'), Buffer.alloc(bavail * bsize - leftBytes))
}
