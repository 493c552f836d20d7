import { KEY_BYTES_MAX, keyText } from '../key-text.js'
import type { Parts } from '../rule.js'
import { RowFault, type Running } from './function-fault.js'
import { joinKey } from './joined-key.js'

/** Reads a member of a record. */
export type Getter = (parts: Parts) => unknown

/** What is on every object is no field, unless a record has it as its own. */
export const getterOf = (name: string): Getter =>
  name in Object.prototype ? (parts) => (Object.hasOwn(parts, name) ? parts[name] : undefined) : (parts) => parts[name]

const NO_PARTS: readonly string[] = []

/** As digits it is written, and beyond 2^53 these may be others than those that were read. */
const isRounded = (value: number): boolean =>
  (value > Number.MAX_SAFE_INTEGER || value < Number.MIN_SAFE_INTEGER) && Math.abs(value) < 1e21

/** Makes keys of records. */
export class KeyReader {
  readonly #running: Running
  readonly #rounded: Set<string>
  readonly #keys: readonly { readonly name: string; readonly get: Getter }[]

  /** @param rounded Where it notes key parts that were numbers which JavaScript may not hold in full. */
  constructor(keyParts: readonly string[], running: Running, rounded: Set<string>) {
    this.#running = running
    this.#rounded = rounded
    this.#keys = keyParts.map((name) => ({ name, get: getterOf(name) }))
  }

  /**
   * @returns The parts that it has, when one is missing.
   * @throws RowFault when one is too long; what a member of a record throws.
   */
  keyOf(parts: Parts): string | readonly string[] {
    const [only] = this.#keys
    if (this.#keys.length === 1 && only) return this.#textOf(only.name, only.get(parts)) ?? NO_PARTS
    const texts: string[] = []
    for (const { name, get } of this.#keys) {
      const text = this.#textOf(name, get(parts))
      if (text === null) return this.#partsIn(parts)
      texts.push(text)
    }
    return joinKey(texts)
  }

  #partsIn(parts: Parts): readonly string[] {
    const isThere = (value: unknown): boolean => value !== null && value !== undefined
    return this.#keys.filter(({ get }) => isThere(get(parts))).map(({ name }) => name)
  }

  #textOf(name: string, value: unknown): string | null {
    // Half surrogate pairs may stay: they become what they shall where a spill is written, and equal keys meet later.
    const text = typeof value === 'string' ? value : this.#textOfOther(name, value)
    // No character takes more than three bytes.
    if (text === null || text.length * 3 <= KEY_BYTES_MAX || Buffer.byteLength(text) <= KEY_BYTES_MAX) return text
    this.#running.name = `key part '${name}'`
    throw new RowFault(`more than ${KEY_BYTES_MAX / 1024 / 1024} MiB`)
  }

  #textOfOther(name: string, value: unknown): string | null {
    this.#running.name = `key part '${name}'`
    if (typeof value === 'number' && isRounded(value)) this.#rounded.add(name)
    return keyText(value)
  }
}
