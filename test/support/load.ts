import assert from 'node:assert/strict'
import type { Farm } from './farm.js'
import { acknowledged, isDrained, settled } from './ledger.js'
import { type FixtureOptions, type Running, startFixture } from './running.js'
import { until, type Wait } from './until.js'

/** Replays what senders and workers draw by chance. */
export const SEED = Number(process.env.HOB_TORTURE_SEED ?? Math.floor(Math.random() * 2 ** 31))

/** Where a process of a load runs; as the test itself does, and straight to the kitchen, unless given. */
export interface LoadOptions extends Partial<FixtureOptions> {
  readonly url?: string
}

/** Processes that send to the queue `q` of one kitchen and work it, with leases of one second, and write down what they are told. */
export class Load {
  readonly #farm: Farm
  readonly #senders: Running[] = []
  readonly #workers = new Map<string, Running>()
  #seed = SEED

  constructor(farm: Farm) {
    this.#farm = farm
  }

  sender(options: LoadOptions = {}): Running {
    const sender = this.#start('torture-sender', ['acknowledged', `${this.#seed++}`, 'q'], options)
    this.#senders.push(sender)
    return sender
  }

  worker(name: string, options: LoadOptions = {}): Running {
    const worker = this.#start('torture-worker', ['settled', `${this.#seed++}`, name], options)
    this.#workers.set(name, worker)
    return worker
  }

  /** Kills a worker; it is not expected to end well. */
  kill(name: string): void {
    this.#workers.get(name)?.kill('SIGKILL')
    this.#workers.delete(name)
  }

  /** Resolves when so many more jobs have been sent and done. */
  async goesOn(count = 100, wait: Wait = {}): Promise<void> {
    const [sent, ended] = await this.#counts()
    const look = async () => {
      const [sentNow, endedNow] = await this.#counts()
      return sentNow >= sent + count && endedNow >= ended + count
    }
    await until(`${count} more jobs are sent and done`, look, wait)
  }

  /** Ends the senders, lets the workers do what is left, and ends them. */
  async drain(): Promise<void> {
    for (const sender of this.#senders) {
      assert.ok(!sender.hasEnded, sender.err)
      sender.kill('SIGKILL')
    }
    await until('all jobs have ended', () => isDrained(this.#farm), { mostMs: 60_000 })
    for (const [name, worker] of this.#workers) {
      worker.type('end\n')
      const { status, err } = await worker.ended
      assert.equal(status, 0, `${name}: ${err}`)
      assert.doesNotMatch(err, /\n {4}at /)
    }
  }

  #start(name: string, words: readonly string[], { url = this.#farm.url, ...options }: LoadOptions): Running {
    return startFixture(name, [url, ...words], { cwd: this.#farm.folder, ...options })
  }

  async #counts(): Promise<readonly [sent: number, ended: number]> {
    return [(await acknowledged(this.#farm)).length, (await settled(this.#farm)).length]
  }
}
