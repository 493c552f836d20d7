/** A line whose first item is always at hand: what `compare` sorts first comes out first. */
export class Heap<Item> {
  readonly #compare: (a: Item, b: Item) => number
  // Each item sorts before the two at twice its index plus 1 and 2, so an insert or a removal touches one branch only.
  #items: Item[] = []

  constructor(compare: (a: Item, b: Item) => number) {
    this.#compare = compare
  }

  get size(): number {
    return this.#items.length
  }

  /** All items, in no order. */
  get items(): readonly Item[] {
    return this.#items
  }

  first(): Item | undefined {
    return this.#items[0]
  }

  push(item: Item): void {
    let at = this.#items.length
    while (at > 0) {
      const parent = (at - 1) >> 1
      const above = this.#items[parent]
      if (above === undefined || this.#compare(above, item) <= 0) break
      this.#items[at] = above
      at = parent
    }
    this.#items[at] = item
  }

  /** Takes the first item out. */
  pop(): Item | undefined {
    const first = this.#items[0]
    const last = this.#items.pop()
    if (last !== undefined && this.#items.length > 0) this.#sink(last)
    return first
  }

  /** Takes one item out, wherever it is. */
  remove(item: Item): void {
    const rest = this.#items.filter((other) => other !== item)
    this.#items = []
    for (const other of rest) this.push(other)
  }

  /** Takes all items out, in order. */
  drain(): Item[] {
    const items = this.#items.sort(this.#compare)
    this.#items = []
    return items
  }

  /** Puts an item into the empty place at the top and lets it sink to where it belongs. */
  #sink(item: Item): void {
    let at = 0
    for (let child = this.#child(at); child < this.#items.length; child = this.#child(at)) {
      const next = this.#items[child]
      if (next === undefined || this.#compare(item, next) <= 0) break
      this.#items[at] = next
      at = child
    }
    this.#items[at] = item
  }

  /** The index of the child that sorts first; beyond the end when there is none. */
  #child(at: number): number {
    const left = this.#items[2 * at + 1]
    const right = this.#items[2 * at + 2]
    const isRight = left !== undefined && right !== undefined && this.#compare(right, left) < 0
    return 2 * at + (isRight ? 2 : 1)
  }
}
