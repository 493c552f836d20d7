import { describe, expect, it, onTestFinished } from 'vitest'
import { Roster, type TakeOptions } from '#hob/orders/command/roster.js'
import { TemporaryFolder } from '#hob/orders/command/temporary-folder.js'

const AHEAD: TakeOptions = { stop: undefined, mayGoAhead: true }
const FREE: TakeOptions = { stop: undefined, mayGoAhead: false }

async function startRoster({ aheadMax = 1, folder = new TemporaryFolder() } = {}): Promise<Roster> {
  folder.make()
  const roster = new Roster({ countMax: 1, lane: { shellFile: '/bin/sh', folder, aheadMax } })
  onTestFinished(async () => {
    await roster.stop(0)
    folder.remove()
  })
  await roster.start()
  return roster
}

/** Takes lanes one after another, and tells who has got one. */
function takers(roster: Roster) {
  const served: string[] = []
  return {
    served,
    async take(name: string, options: TakeOptions) {
      const lane = await roster.take(options)
      served.push(name)
      return lane
    },
  }
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

describe('the line for a lane', () => {
  it('goes ahead as soon as there is room, not only when a lane is free', async () => {
    const roster = await startRoster()
    const { take, served } = takers(roster)
    const lane = await take('runs', AHEAD)
    await take('ahead', AHEAD)
    const waiting = [take('first', AHEAD), take('second', AHEAD)]
    await turn()
    expect(served).toEqual(['runs', 'ahead'])
    roster.giveBack(lane)
    await turn()
    expect(served).toEqual(['runs', 'ahead', 'first'])
    roster.giveBack(lane)
    await Promise.all(waiting)
    expect(served).toEqual(['runs', 'ahead', 'first', 'second'])
  })

  it('keeps its order: nobody goes ahead of one who needs a lane that is free', async () => {
    const roster = await startRoster()
    const { take, served } = takers(roster)
    const lane = await take('runs', AHEAD)
    await take('ahead', AHEAD)
    const waiting = [take('needs a free one', FREE), take('behind it', AHEAD)]
    roster.giveBack(lane)
    await turn()
    expect(served).toEqual(['runs', 'ahead'])
    roster.giveBack(lane)
    await Promise.all(waiting)
    expect(served).toEqual(['runs', 'ahead', 'needs a free one', 'behind it'])
  })

  it('goes on when a lane cannot be started', async () => {
    const folder = new TemporaryFolder()
    const roster = await startRoster({ folder })
    const lane = await roster.take(FREE)
    const first = roster.take(FREE)
    const second = roster.take(FREE)
    // Without it, no lane can make its pipes; as when the disk is full.
    folder.remove()
    process.kill(lane.pid, 'SIGKILL')
    await expect(first).rejects.toMatchObject({ code: 'output' })
    folder.make()
    const replacement = await second
    expect(replacement.isOpen).toBe(true)
    roster.giveBack(replacement)
    expect(await roster.take(FREE)).toBe(replacement)
  })
})
