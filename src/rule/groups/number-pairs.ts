/** Pairs at first; it grows. */
const PAIRS_FIRST = 512

/** Numbers pairs of whole numbers of 31 bits, from 1 on: a Map of texts that are made of both takes five times as long. */
export class NumberPairs {
  #count = 0
  /** Numbers of pairs, at places by their hashes; half of them are 0, or more. */
  #slots: Int32Array = new Int32Array(2 * PAIRS_FIRST)
  #firsts: Int32Array = new Int32Array(PAIRS_FIRST)
  #seconds: Int32Array = new Int32Array(PAIRS_FIRST)

  /** The number of a pair, which it is given when it is new. */
  numberOf(first: number, second: number): number {
    const slots = this.#slots
    const mask = slots.length - 1
    let at = hashOf(first, second) & mask
    for (let pair = slots[at] as number; pair !== 0; pair = slots[at] as number) {
      if (this.#firsts[pair - 1] === first && this.#seconds[pair - 1] === second) return pair
      at = (at + 1) & mask
    }
    const pair = ++this.#count
    slots[at] = pair
    this.#firsts[pair - 1] = first
    this.#seconds[pair - 1] = second
    if (pair === this.#firsts.length) this.#grow()
    return pair
  }

  /** The first of a pair that has a number. */
  firstOf(pair: number): number {
    return this.#firsts[pair - 1] as number
  }

  /** The second of a pair that has a number. */
  secondOf(pair: number): number {
    return this.#seconds[pair - 1] as number
  }

  /** Forgets all of them. */
  clear(): void {
    if (this.#count === 0) return
    this.#count = 0
    this.#slots = new Int32Array(2 * PAIRS_FIRST)
    this.#firsts = new Int32Array(PAIRS_FIRST)
    this.#seconds = new Int32Array(PAIRS_FIRST)
  }

  #grow(): void {
    const count = this.#firsts.length
    this.#firsts = grown(this.#firsts)
    this.#seconds = grown(this.#seconds)
    const slots = new Int32Array(4 * count)
    const mask = slots.length - 1
    for (let pair = 1; pair <= count; pair++) {
      let at = hashOf(this.#firsts[pair - 1] as number, this.#seconds[pair - 1] as number) & mask
      while (slots[at] !== 0) at = (at + 1) & mask
      slots[at] = pair
    }
    this.#slots = slots
  }
}

function grown(list: Int32Array): Int32Array {
  const larger = new Int32Array(2 * list.length)
  larger.set(list)
  return larger
}

function hashOf(first: number, second: number): number {
  const mixed = Math.imul(first, 0x9e3779b1) ^ Math.imul(second, 0x85ebca6b)
  return mixed ^ (mixed >>> 15)
}
