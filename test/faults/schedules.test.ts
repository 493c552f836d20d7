import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test } from 'vitest'
import { type Kitchen, openKitchen } from '#hob/index.js'
import { endAll, type Running, startFixture } from '../support/running.js'
import { until } from '../support/until.js'

const EVERY_MS = 250
const NAMES = ['a', 'b', 'c', 'd'] as const

/** A kitchen in a file, and processes that tick its schedules. */
class Fleet {
  readonly kitchen: Kitchen
  readonly #folder: string
  readonly #url: string
  readonly #processes = new Map<string, Running>()

  constructor(folder: string, url: string, kitchen: Kitchen) {
    this.#folder = folder
    this.#url = url
    this.kitchen = kitchen
  }

  start(node: string): void {
    this.#processes.set(node, startFixture('scheduler', [this.#url, node], { cwd: this.#folder }))
  }

  signal(node: string, signal: NodeJS.Signals): void {
    this.#processes.get(node)?.kill(signal)
  }

  /** Waits until another process than `node` leads, and answers its name. */
  async leaderBut(node: string | null): Promise<string> {
    return until(
      'another process leads',
      async () => {
        const record = await this.kitchen.broker.record('leader/schedules')
        const leader = record === undefined ? null : String(JSON.parse(record.value).node)
        return leader !== null && leader !== node && leader
      },
      { mostMs: 40_000 },
    )
  }

  async sent(name: string): Promise<readonly number[]> {
    const jobs = await this.kitchen.broker.jobs({ queue: name, countMax: 10_000 })
    return jobs.map(({ payload }) => JSON.parse(payload).atMs as number)
  }

  /** Waits until each schedule has sent so many jobs more. */
  async more(count: number): Promise<void> {
    const one = async (name: string): Promise<void> => {
      const before = (await this.sent(name)).length
      await until(`${name} has sent ${count} more`, async () => (await this.sent(name)).length >= before + count)
    }
    await Promise.all(NAMES.map(one))
  }

  /** Ends all that run, and answers what they said. */
  async end(): Promise<readonly string[]> {
    for (const process of this.#processes.values()) process.kill('SIGTERM')
    const ended = await Promise.all([...this.#processes.values()].map((process) => process.ended))
    return ended.map(({ out, err }) => out + err)
  }
}

async function onFleet(work: (fleet: Fleet) => Promise<void>): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'hob-schedules-'))
  const url = `sqlite:${join(folder, 'hob.db')}`
  const kitchen = await openKitchen(url)
  const fleet = new Fleet(folder, url, kitchen)
  try {
    for (const name of NAMES) {
      const ticks = { everyMs: EVERY_MS, missed: 'all', payload: {}, timeMember: 'atMs' } as const
      await kitchen.schedules.put({ name, queue: name, ...ticks })
    }
    await work(fleet)
  } finally {
    await endAll()
    await kitchen.close()
    await rm(folder, { recursive: true })
  }
}

/** Each tick from the first to the last, in order and once. */
async function assertEachOnce(fleet: Fleet): Promise<void> {
  for (const name of NAMES) {
    const sent = await fleet.sent(name)
    const firstMs = sent[0] ?? 0
    assert.deepEqual(
      sent,
      sent.map((_, at) => firstMs + at * EVERY_MS),
      name,
    )
  }
}

test('leaders that are killed, stopped past their time and told to end: each tick is given once, and none is lost', () =>
  onFleet(async (fleet) => {
    for (const node of ['one', 'two', 'three']) fleet.start(node)
    const killed = await fleet.leaderBut(null)
    await fleet.more(4)
    fleet.signal(killed, 'SIGKILL')
    const suspended = await fleet.leaderBut(killed)
    await fleet.more(4)

    // When it wakes it thinks that it leads, until it asks.
    fleet.signal(suspended, 'SIGSTOP')
    const third = await fleet.leaderBut(suspended)
    await fleet.more(4)
    fleet.signal(suspended, 'SIGCONT')
    await fleet.more(20)

    fleet.signal(third, 'SIGTERM')
    const toldMs = performance.now()
    await fleet.leaderBut(third)
    // At once: nobody waited for the record's time to live.
    assert.ok(performance.now() - toldMs < 5_000)
    await fleet.more(4)
    const said = await fleet.end()
    await assertEachOnce(fleet)
    assert.deepEqual(
      said.filter((text) => text.includes('fault')),
      [],
    )
  }))
