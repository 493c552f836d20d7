import type { ScannedGroup } from './scanned.js'

/** Places in memory that it takes at most: functions that read something that is distinct in most groups would have it grow for nothing. */
const NODES_MAX = 16_384

/** What functions read next, and what becomes of the group for each value. */
interface Node<Outcome> {
  /** Its place among the fields of the scan. */
  readonly field: number
  readonly next: Map<unknown, Node<Outcome> | End<Outcome>>
}

interface End<Outcome> {
  readonly outcome: Outcome
}

/**
 * Remembers what the functions of a rule made of groups, by what they read of them. Functions depend on nothing but what they read, and so
 * they read the same field first in each group, the same field next in each that has the same value there, and so on to the same end.
 */
export class KnownOutcomes<Outcome> {
  #first: Node<Outcome> | End<Outcome> | null = null
  #nodes = 0

  /** It remembers no more. */
  get isFull(): boolean {
    return this.#nodes >= NODES_MAX
  }

  /** What is made of a group; undefined where nobody knows. */
  of(group: Pick<ScannedGroup, 'fields' | 'texts'>): Outcome | undefined {
    let node = this.#first
    while (node !== null && 'next' in node) {
      const value: unknown = group.texts === undefined ? group.fields[node.field] : group.texts.value(node.field)
      node = (isTellable(value) ? node.next.get(value) : undefined) ?? null
    }
    return node?.outcome
  }

  /** What was made of a group that was not known. @param read Places of the fields that were read, in their order. */
  add(fields: readonly unknown[], read: readonly number[], outcome: Outcome): void {
    if (this.isFull || !read.every((field) => isTellable(fields[field]))) return
    let into: Map<unknown, Node<Outcome> | End<Outcome>> | null = null
    let value: unknown
    for (const field of read) {
      const node: Node<Outcome> | End<Outcome> = this.#nodeAt(into, value) ?? { field, next: new Map() }
      // Functions that read another field next than before, or nothing, depend on something else; what they do is not remembered.
      if (!('next' in node) || node.field !== field) return
      this.#put(into, value, node)
      into = node.next
      value = fields[field]
    }
    if (this.#nodeAt(into, value) !== null) return
    this.#put(into, value, { outcome })
    this.#nodes += Math.max(1, read.length)
  }

  #nodeAt(
    into: Map<unknown, Node<Outcome> | End<Outcome>> | null,
    value: unknown,
  ): Node<Outcome> | End<Outcome> | null {
    return into === null ? this.#first : (into.get(value) ?? null)
  }

  #put(
    into: Map<unknown, Node<Outcome> | End<Outcome>> | null,
    value: unknown,
    node: Node<Outcome> | End<Outcome>,
  ): void {
    if (into === null) this.#first = node
    else into.set(value, node)
  }
}

/** Whether values that a Map takes for one are one to functions, too: they tell 0 from -0, and lists from others that hold the same. */
const isTellable = (value: unknown): boolean => (typeof value !== 'object' || value === null) && !Object.is(value, -0)
