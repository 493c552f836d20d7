/** Places in memory that it takes at most: a filter that reads something that is distinct in most groups would have it grow for nothing. */
const NODES_MAX = 16_384

/** What functions read next, and what becomes of the group for each value; null: it is left out. */
interface Node {
  /** Its place among the fields of the scan. */
  readonly field: number
  readonly next: Map<unknown, Node | null>
}

/**
 * Remembers which groups the functions of a rule left out, by what these read until then. Functions depend on nothing but what they read, and so
 * they read the same field first in each group, the same field next in each that has the same value there, and so on to the same end.
 */
export class DroppedFields {
  #first: Node | null = null
  #nodes = 0

  /** Whether a group is left out; false where nobody knows. @param fields The values of the scan's fields. */
  has(fields: readonly unknown[]): boolean {
    let node = this.#first
    if (node === null) return false
    while (node !== null) {
      const value: unknown = fields[node.field]
      const next: Node | null | undefined = isTellable(value) ? node.next.get(value) : undefined
      if (next === undefined) return false
      node = next
    }
    return true
  }

  /** A group is left out. @param read Places of the fields that were read, in their order. */
  add(fields: readonly unknown[], read: readonly number[]): void {
    if (this.#nodes + read.length > NODES_MAX || !read.every((field) => isTellable(fields[field]))) return
    let into: Map<unknown, Node | null> | null = null
    let value: unknown
    for (const field of read) {
      const node: Node = this.#nodeAt(into, value) ?? { field, next: new Map() }
      // Functions that read another field next than before depend on something else; what they do is not remembered.
      if (node.field !== field) return
      if (into === null) this.#first = node
      else into.set(value, node)
      into = node.next
      value = fields[field]
    }
    into?.set(value, null)
    this.#nodes += read.length
  }

  #nodeAt(into: Map<unknown, Node | null> | null, value: unknown): Node | null | undefined {
    return into === null ? this.#first : into.get(value)
  }
}

/** Whether values that a Map takes for one are one to functions, too: they tell 0 from -0, and lists from others that hold the same. */
const isTellable = (value: unknown): boolean => (typeof value !== 'object' || value === null) && value !== 0
