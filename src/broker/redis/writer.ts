import type { Step, StepResult } from '../job-store.js'
import type { Link, Reply } from './link.js'
import { type Order, type Parcel, pack } from './parcels.js'
import type { Script } from './scripts.js'
import type { Word } from './steps.js'

/** A script of its own, in its place among the orders. */
interface Call {
  readonly script: Script
  readonly words: readonly Word[]
  readonly resolve: (reply: Reply) => void
  readonly reject: (error: unknown) => void
}

/** Asked after each script that changes something, on the same connection, before the change counts as acknowledged. */
export type Confirm = () => Promise<void>

/**
 * Joins what one turn of the event loop asks for: all commits share as few scripts as they can, and they leave together
 * with a take that is asked for in the same turn. A lone call leaves at the end of its turn, and waits for no timer nor for
 * the answers to those before it.
 */
export class Writer {
  readonly #link: Link
  readonly #id: string
  readonly #confirm: Confirm | null
  #waiting: (Order | Call)[] = []
  readonly #underWay = new Set<Promise<void>>()

  constructor(link: Link, id: string, confirm: Confirm | null) {
    this.#link = link
    this.#id = id
    this.#confirm = confirm
  }

  commit(steps: readonly Step[]): Promise<readonly StepResult[]> {
    return new Promise((resolve, reject) => this.#add({ steps, results: [], resolve, reject }))
  }

  /** Runs a script that changes something, after all that was asked for before it. */
  run(script: Script, args: readonly Word[]): Promise<Reply> {
    return new Promise((resolve, reject) => this.#add({ script, words: [this.#id, ...args], resolve, reject }))
  }

  /** Runs a script that only reads, at once. */
  read(script: Script, args: readonly Word[]): Promise<Reply> {
    return this.#link.run(script, [this.#id, ...args])
  }

  /** Resolves when all that was asked for has ended, one way or the other. */
  async drain(): Promise<void> {
    if (this.#waiting.length > 0) this.#flush()
    while (this.#underWay.size > 0) await Promise.all(this.#underWay)
  }

  #add(item: Order | Call): void {
    this.#waiting.push(item)
    // After what this turn still does, and after the promises that it has settled; before anything comes from outside.
    if (this.#waiting.length === 1) process.nextTick(() => this.#flush())
  }

  #flush(): void {
    const items = this.#waiting
    if (items.length === 0) return
    this.#waiting = []
    this.#link.together(() => {
      let orders: Order[] = []
      for (const item of items) {
        if ('steps' in item) {
          orders.push(item)
        } else {
          this.#sendOrders(orders)
          orders = []
          this.#track(this.#sendCall(item))
        }
      }
      this.#sendOrders(orders)
    })
  }

  #sendOrders(orders: readonly Order[]): void {
    for (const parcel of pack(orders, this.#id, this.#link.scripts)) this.#track(this.#sendParcel(parcel))
  }

  async #sendParcel(parcel: Parcel): Promise<void> {
    try {
      parcel.read(await this.#runConfirmed(parcel.script, parcel.words))
    } catch (error) {
      for (const { reject } of parcel.orders) reject(error)
      return
    }
    for (const { steps, results, resolve } of parcel.orders) if (results.length === steps.length) resolve(results)
  }

  async #sendCall({ script, words, resolve, reject }: Call): Promise<void> {
    try {
      resolve(await this.#runConfirmed(script, words))
    } catch (error) {
      reject(error)
    }
  }

  #runConfirmed(script: Script, words: readonly Word[]): Promise<Reply> {
    const reply = this.#link.run(script, words)
    if (this.#confirm === null) return reply
    return Promise.all([reply, this.#confirm()]).then(([answer]) => answer)
  }

  #track(work: Promise<void>): void {
    const tracked = work.finally(() => this.#underWay.delete(tracked))
    this.#underWay.add(tracked)
  }
}
