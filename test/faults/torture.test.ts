import assert from 'node:assert/strict'
import { test } from 'vitest'
import { hob } from '../cli/hob.js'
import { type Farm, onFarm } from '../support/farm.js'
import { acknowledged, isDrained, keptItsWord, settled } from '../support/ledger.js'
import { type Running, startFixture } from '../support/running.js'
import { until } from '../support/until.js'
import { randomFrom } from './fixtures/random.mjs'

const TORTURE_MS = 30_000

/** Longer than a lease: who sleeps through it wakes to find its jobs with others. */
const STOPPED_MS = 1_500

const SEED = Number(process.env.HOB_TORTURE_SEED ?? Math.floor(Math.random() * 2 ** 31))

type Role = 'sender' | 'worker' | 'waiter'

/** Who works at the same time. */
const CAST: readonly Role[] = ['sender', 'worker', 'worker', 'worker', 'waiter', 'waiter']

/** Processes that are killed, stopped, continued and replaced at random. */
class Crowd {
  readonly #farm: Farm
  readonly #random: () => number
  readonly #running: Running[] = []
  readonly #asleep = new Map<Running, number>()
  readonly #all: Running[] = []
  readonly deeds = { killed: 0, stopped: 0 }
  #count = 0

  constructor(farm: Farm, random: () => number) {
    this.#farm = farm
    this.#random = random
    for (const role of CAST) this.#running.push(this.#start(role))
  }

  /** What workers and waiters have said on standard error. */
  get words(): string {
    return this.#all.map(({ err }) => err).join('')
  }

  async torture(untilMs: number): Promise<void> {
    while (performance.now() < untilMs) {
      await new Promise((resolve) => setTimeout(resolve, 100 + this.#random() * 400))
      this.#wake(performance.now())
      const at = Math.floor(this.#random() * this.#running.length)
      if (this.#random() < 0.5) this.#replace(at)
      else this.#stop(at)
    }
    this.#wake(Number.POSITIVE_INFINITY)
  }

  /** Lets the workers work until `isDrained`, without a sender, and ends them. */
  async drain(isDrained: () => Promise<boolean>): Promise<void> {
    for (const [at, role] of CAST.entries()) if (role === 'sender') this.#running[at]?.kill('SIGKILL')
    await until('all jobs have ended', isDrained, { mostMs: 60_000 })
    for (const [at, role] of CAST.entries()) {
      if (role === 'worker') this.#running[at]?.type('end\n')
      if (role === 'waiter') this.#running[at]?.kill('SIGTERM')
    }
    const ends = await Promise.all(this.#running.map(({ ended }) => ended))
    for (const [at, { status, err }] of ends.entries()) {
      if (CAST[at] === 'worker') assert.equal(status, 0, err)
      if (CAST[at] === 'waiter') assert.equal(status, 143, err)
    }
  }

  #start(role: Role): Running {
    const running = this.#begin(role)
    this.#all.push(running)
    return running
  }

  #begin(role: Role): Running {
    this.#count++
    const { url, folder } = this.#farm
    const name = `${role}-${this.#count}`
    const seed = `${Math.floor(this.#random() * 2 ** 31)}`
    if (role === 'waiter') return this.#farm.deliver(name, ['--wait', '-j', '2', './command'])
    const words = role === 'sender' ? [url, 'acknowledged', seed] : [url, 'settled', seed, name]
    return startFixture(`torture-${role}`, words, { cwd: folder })
  }

  #replace(at: number): void {
    const role = CAST[at]
    if (role === undefined) return
    this.#running[at]?.kill('SIGKILL')
    this.deeds.killed++
    this.#running[at] = this.#start(role)
  }

  #stop(at: number): void {
    const victim = this.#running[at]
    if (victim === undefined || this.#asleep.has(victim)) return
    victim.kill('SIGSTOP')
    this.deeds.stopped++
    this.#asleep.set(victim, performance.now() + STOPPED_MS)
  }

  #wake(nowMs: number): void {
    for (const [sleeper, untilMs] of this.#asleep) {
      if (untilMs > nowMs) continue
      sleeper.kill('SIGCONT')
      this.#asleep.delete(sleeper)
    }
  }
}

test(`thirty seconds of torture break no promise (HOB_TORTURE_SEED=${SEED})`, () =>
  onFarm(async (farm) => {
    await farm.script('command', 'echo "$HOB_ORDER_ID" >>delivered\nsleep 0.02')
    const crowd = new Crowd(farm, randomFrom(SEED))
    await crowd.torture(performance.now() + TORTURE_MS)
    await crowd.drain(() => isDrained(farm))

    await keptItsWord(farm)
    const jobs = await farm.jobs()
    const delivered = new Set(await farm.lines('delivered'))
    for (const job of jobs) {
      if (job.queue === 'orders' && job.state === 'done') assert.ok(delivered.has(job.id), `${job.id} was never run`)
    }
    assert.doesNotMatch(crowd.words, /SQLITE|\n {4}at /)
    await until('no temporary folder is left', async () => (await farm.temporaryFiles()).length === 0)

    // What was set aside can be done after all.
    await hob(['reset'], { cwd: farm.folder })
    assert.equal((await farm.deliver('last', ['-j', '2', './command']).ended).status, 0)
    assert.ok((await farm.jobs()).every(({ queue, state }) => queue === 'q' || state === 'done'))
    const refused = (await settled(farm)).filter(({ result }) => result === 'lost').length
    const asides = jobs.filter(({ state }) => state === 'error').length
    const { killed, stopped } = crowd.deeds
    console.log(
      `${jobs.length} jobs, ${(await acknowledged(farm)).length} acknowledged; ${killed} killed, ${stopped} stopped; ${refused} outcomes refused, ${asides} set aside`,
    )
  }))
