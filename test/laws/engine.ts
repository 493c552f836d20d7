import assert from 'node:assert/strict'
import { afterAll, describe, test } from 'vitest'
import type { Broker } from '#hob/broker/broker.js'

/** A kitchen for one law: empty, on a clock that the law moves, gone afterwards. */
export interface Scratch {
  readonly broker: Broker
  /** Moves the store's clock on by `ms`, or back when negative. */
  pass(ms: number): Promise<void>
  /** Closes the broker and opens the same store again. */
  reopen(): Promise<Broker>
  dispose(): Promise<void>
  /** Begins a transaction of the caller's own on the same store, for engines that join such. */
  begin?(): Promise<TransactionInTest>
}

/** A transaction as a program would hold it open; `rollback` is harmless after `commit`. */
export interface TransactionInTest {
  readonly handle: object
  commit(): Promise<void>
  rollback(): Promise<void>
}

/** An engine that has to keep the laws. */
export interface EngineUnderTest {
  readonly name: string
  open(): Promise<Scratch>
  /** Whether `commitWithin` joins a caller's transaction; its scratch kitchens then have `begin`. */
  readonly joinsTransactions?: true
  /** Laws that it does not keep, each with the reason. One that it keeps after all fails the run. */
  readonly exempt: Readonly<Record<string, string>>
}

/** States one law: its name says what holds, and `run` fails when it does not. */
export type Law = (name: string, run: (scratch: Scratch) => Promise<void>) => void

/** The laws stated for each engine so far, so that an exemption from no law is found. */
const stated = new WeakMap<EngineUnderTest, Set<string>>()

/** Registers the laws of one port as tests of one engine. An engine that ran none of them fails. */
export function lawsOf(engine: EngineUnderTest, port: string, state: (law: Law) => void): void {
  const names = stated.get(engine) ?? new Set()
  stated.set(engine, names)
  describe(`${engine.name}: ${port}`, () => {
    let ranCount = 0
    state((name, run) => {
      assert.ok(!names.has(name), `two laws are called '${name}'`)
      names.add(name)
      test(name, async () => {
        await runLaw(engine, name, run)
        ranCount += 1
      })
    })
    afterAll(() => assert.ok(ranCount > 0, `${engine.name} ran no law of ${port}`))
  })
}

/** Holds an engine to naming only laws that exist as exempt. Comes after all its laws. */
export function exemptionsExist(engine: EngineUnderTest): void {
  test(`${engine.name} is exempt only from laws that exist`, () => {
    const unknown = Object.keys(engine.exempt).filter((name) => !stated.get(engine)?.has(name))
    assert.deepEqual(unknown, [])
  })
}

async function runLaw(engine: EngineUnderTest, name: string, run: (scratch: Scratch) => Promise<void>): Promise<void> {
  const reason = engine.exempt[name]
  if (reason === undefined) return inScratch(engine, run)
  await assert.rejects(inScratch(engine, run), `${engine.name} keeps this law, although it is exempt: ${reason}`)
}

async function inScratch(engine: EngineUnderTest, run: (scratch: Scratch) => Promise<void>): Promise<void> {
  const scratch = await engine.open()
  try {
    await run(scratch)
  } finally {
    await scratch.dispose()
  }
}
