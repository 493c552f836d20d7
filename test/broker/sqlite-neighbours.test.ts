import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'
import { openSqlite } from '#hob/broker/sqlite/open.js'
import { endAll, type Running, startFixture } from '../support/running.js'
import { until } from '../support/until.js'

/** Far above what a telling takes, far below the 5 s after which an engine that was told nothing looks by itself. */
const SOON_MS = 1_000

afterEach(endAll)

/** Another process that has the same kitchen open, and calls its broker when told. */
class Neighbour {
  readonly #running: Running
  #calls = 0

  constructor(file: string) {
    this.#running = startFixture('neighbour', [file], { cwd: tmpdir() })
  }

  /** @returns When the call had ended, in milliseconds since 1970. */
  async call<Verb extends 'commit' | 'pause'>(verb: Verb, ...values: Parameters<Broker[Verb]>): Promise<number> {
    this.#running.type(`${JSON.stringify([verb, ...values])}\n`)
    this.#calls += 1
    const said = new RegExp(`call ${this.#calls} ended at (\\d+)\\.`)
    return until(`the call ${verb} has ended`, () => {
      const [, endedMs] = said.exec(this.#running.err) ?? []
      return endedMs === undefined ? undefined : Number(endedMs)
    })
  }
}

async function withNeighbour(work: (broker: Broker, neighbour: Neighbour) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'hob-neighbours-'))
  const file = join(folder, 'hob.db')
  const broker = await openSqlite({ file, synchronous: 'full', create: true, nowMs: Date.now })
  try {
    await work(broker, new Neighbour(file))
  } finally {
    await broker.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

test('who watches is told soon of what another process puts and deletes, and of nothing else that it does', () =>
  withNeighbour(async (broker, neighbour) => {
    const toldMs: number[] = []
    broker.watch('color', () => toldMs.push(Date.now()))
    await until('it is called at the start', () => toldMs.length === 1)

    for (const value of ['1', '2', null]) {
      const before = toldMs.length
      const endedMs = await neighbour.call('commit', [{ put: [{ key: 'color/a', value }] }])
      await until('it is called', () => toldMs.length > before)
      const tookMs = (toldMs.at(-1) ?? 0) - endedMs
      assert.ok(tookMs < SOON_MS, `it took ${tookMs} ms`)
    }

    const calls = toldMs.length
    await neighbour.call('commit', [{ send: [{ queue: 'q', payload: '1' }], put: [{ key: 'shape/a', value: '1' }] }])
    await neighbour.call('commit', [{ put: [{ key: 'color/gone', value: null }] }])
    await sleep(100)
    assert.equal(toldMs.length, calls)
  }))

test('who watches twice, in two opens of one process, is told in both of what either does', () =>
  withNeighbour(async (broker) => {
    const { place } = await broker.describe()
    const other = await openSqlite({ file: place, synchronous: 'full', create: false, nowMs: Date.now })
    const calls = [0, 0]
    for (const [at, each] of [broker, other].entries()) {
      each.watch('color', () => {
        calls[at] = (calls[at] ?? 0) + 1
      })
    }
    for (const each of [broker, other]) {
      await until('both have been called', () => calls.every((count) => count > 0))
      calls.fill(0)
      await each.commit([{ put: [{ key: 'color/a', value: '1' }] }])
      await until('both are called', () => calls.every((count) => count > 0), { mostMs: SOON_MS })
    }
    await other.close()
  }))

test('what another process pauses gives no jobs here, and its resume wakes who waits', () =>
  withNeighbour(async (broker, neighbour) => {
    await broker.commit([{ send: [{ queue: 'q', payload: '1' }] }])
    await neighbour.call('pause', { queue: 'q', isPaused: true })
    const take = () => broker.take({ queue: 'q', node: 'here', countMax: 1, leaseMs: 10_000 })
    assert.deepEqual(await take(), [])

    let wokenMs: number | undefined
    const waiting = broker.wait('q', { mostMs: 60_000 }).then(() => {
      wokenMs = Date.now()
    })
    await neighbour.call('commit', [{ send: [{ queue: 'q', payload: '2' }] }])
    await sleep(100)
    assert.equal(wokenMs, undefined)
    const endedMs = await neighbour.call('pause', { queue: 'q', isPaused: false })
    await waiting
    assert.ok((wokenMs ?? 0) - endedMs < SOON_MS, `it took ${(wokenMs ?? 0) - endedMs} ms`)
    assert.equal((await take()).length, 1)
  }))

test('who begins to wait while another process sends is woken by that soon', () =>
  withNeighbour(async (broker, neighbour) => {
    // Written before the wait began, so that nothing tells of it, and seen only when the disk has it: the first look is too early.
    for (let at = 0; at < 60; at++) {
      const queue = `q${at}`
      const sent = neighbour.call('commit', [{ send: [{ queue, payload: '1' }] }])
      await sleep((at % 12) / 2)
      const beganMs = Date.now()
      await broker.wait(queue, { mostMs: 60_000 })
      const endedMs = await sent
      const tookMs = Date.now() - Math.max(beganMs, endedMs)
      assert.ok(tookMs < SOON_MS, `wait ${at} took ${tookMs} ms`)
    }
  }))
