import type { Step, StepResult } from '../job-store.js'
import type { Link, Reply } from './link.js'
import { type Order, pack, type Question } from './parcels.js'
import type { Script } from './scripts.js'
import type { Word } from './steps.js'

/** A script of its own, in its place among the orders. */
interface Call extends Question {
  readonly steps?: never
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
  #underWay = 0
  #onIdle: (() => void) | null = null

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
    if (this.#underWay === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
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
    if (items.length === 1) this.#sendAll(items)
    else this.#link.together(() => this.#sendAll(items))
  }

  #sendAll(items: readonly (Order | Call)[]): void {
    let orders: Order[] = []
    for (const item of items) {
      if (item.steps !== undefined) {
        orders.push(item)
      } else {
        this.#sendOrders(orders)
        orders = []
        this.#send(item)
      }
    }
    this.#sendOrders(orders)
  }

  #sendOrders(orders: readonly Order[]): void {
    if (orders.length === 0) return
    for (const parcel of pack(orders, this.#id, this.#link.scripts)) this.#send(parcel)
  }

  #send(question: Question): void {
    this.#underWay += 1
    const succeed = (reply: Reply) => {
      question.resolve(reply)
      this.#end()
    }
    const fail = (error: unknown) => {
      question.reject(error)
      this.#end()
    }
    const { script, words } = question
    if (this.#confirm === null) {
      this.#link.submit(script, words, succeed, fail)
      return
    }
    const reply = this.#link.run(script, words)
    Promise.all([reply, this.#confirm()]).then(([answer]) => succeed(answer), fail)
  }

  #end(): void {
    this.#underWay -= 1
    if (this.#underWay === 0) this.#onIdle?.()
  }
}
