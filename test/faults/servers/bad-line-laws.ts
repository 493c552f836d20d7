import { setTimeout as sleep } from 'node:timers/promises'
import { describe, test } from 'vitest'
import { openKitchen } from '#hob/index.js'
import type { BadLine } from '../../support/bad-line/bad-line.js'
import type { Farm } from '../../support/farm.js'
import { keptItsWord, settled } from '../../support/ledger.js'
import { SEED } from '../../support/load.js'
import type { ServerKind } from '../../support/servers/kinds.js'
import { onServer } from '../../support/servers/on-server.js'
import { until } from '../../support/until.js'

/** Two leases: what was taken before is not held any more. */
const CUT_MS = 2_000

/**
 * Who waits asks the server once in six seconds, and gives the answer three: a connection that is half open for less than
 * the first is noticed after nine and a quarter at the latest.
 */
const UNNOTICED_MS = 6_000

/** What the guarantees promise. */
const BACK_MS = 5_000

interface Fault {
  readonly name: string
  /** How long it stands, and how long while nobody has anything to say. */
  readonly standMs: number
  readonly idleMs: number
  strike(line: BadLine): void | Promise<void>
}

const FAULTS: readonly Fault[] = [
  { name: 'slow', standMs: 1_000, idleMs: 0, strike: (line) => line.delay(300) },
  { name: 'frozen', standMs: CUT_MS, idleMs: CUT_MS, strike: (line) => line.hold() },
  { name: 'reset', standMs: 0, idleMs: 0, strike: (line) => line.reset() },
  { name: 'cut', standMs: CUT_MS, idleMs: CUT_MS, strike: (line) => line.cut() },
  { name: 'half open', standMs: 0, idleMs: UNNOTICED_MS, strike: (line) => line.forget() },
  {
    name: 'half open and frozen',
    standMs: CUT_MS,
    idleMs: UNNOTICED_MS,
    strike(line) {
      line.forget()
      line.hold()
    },
  },
]

/** Sends a job past the line, and waits until somebody has done it. */
async function isWorkedAgain(farm: Farm, after: string): Promise<void> {
  const { id } = await farm.look((kitchen) => kitchen.queue('q').send('look here', { expedite: true }))
  await until(
    `the job that was sent after the line was ${after} is taken and settled`,
    async () => (await settled(farm)).some((line) => line.id === id),
    { mostMs: BACK_MS },
  )
}

/** What holds on a bad line to a server of a kind. Each kind has a file of its own, so that they run side by side. */
export function badLineLaws({ name: kind, start }: ServerKind): void {
  describe(`on a bad line to ${kind}`, () => {
    test('a worker that waits is back at work within five seconds', () =>
      onServer(start, async ({ farm, load, line, lineUrl }) => {
        load.worker('remote', { url: lineUrl })
        await isWorkedAgain(farm, 'new')
        for (const { name, idleMs, strike } of FAULTS) {
          await strike(line)
          await sleep(idleMs)
          await line.heal()
          await isWorkedAgain(farm, name)
        }
        await load.drain()
        await keptItsWord(farm)
      }))

    test('a worker says that it is ready only while it has its server', () =>
      onServer(start, async ({ line, lineUrl }) => {
        const kitchen = await openKitchen(lineUrl)
        const worker = kitchen.queue('q').work(async () => {}, { leaseMs: 1_000 })
        await until('it is ready', () => worker.isReady)
        await line.cut()
        await until('it is not ready', () => !worker.isReady)
        await line.heal()
        await until('it is ready again', () => worker.isReady, { mostMs: BACK_MS })
        await worker.stop()
        await kitchen.close()
      }))

    test('a worker that is told to stop while its server is away ends without an error', () =>
      onServer(start, async ({ line, lineUrl }) => {
        const kitchen = await openKitchen(lineUrl)
        const idle = kitchen.queue('q').work(async () => {}, { leaseMs: 1_000 })
        await until('it is ready', () => idle.isReady)
        await line.cut()
        await until('it is not ready', () => !idle.isReady)
        const late = kitchen.queue('q').work(async () => {})
        await Promise.all([idle.stop(), late.stop()])
        await kitchen.close()
      }))

    test(`workers and senders in the middle of load go on within five seconds, and no word is broken (HOB_TORTURE_SEED=${SEED})`, () =>
      onServer(start, async ({ farm, load, line, lineUrl }) => {
        load.sender({ url: lineUrl })
        for (const name of ['one', 'other']) load.worker(name, { url: lineUrl })
        await load.goesOn()
        for (const { name, standMs, strike } of FAULTS) {
          await strike(line)
          await sleep(standMs)
          await line.heal()
          await isWorkedAgain(farm, name)
          await load.goesOn(20)
        }
        await load.drain()
        await keptItsWord(farm)
      }))
  })
}
