import type { GroupTable } from '../map/group-table.js'
import type { KeyReader } from '../map/key-reader.js'
import type { KnownFields, KnownPart } from './known-record.js'
import { NumberPairs } from './number-pairs.js'
import type { ScannedGroup } from './scanned.js'

/** Key texts of one part, by their numbers from 1; 0 stands for none. */
interface PartTexts {
  readonly name: string
  readonly numbers: Map<string, number>
  readonly texts: string[]
  /** Of the texts of a group's field, by their numbers: those of the key texts. */
  ofTexts: number[]
}

/** Finds the group of a table that records belong to whose parts are known, by the numbers of texts: no key is made but of a new group. */
export class KnownKeys {
  readonly #keys: KeyReader
  readonly #fields: KnownFields
  readonly #table: GroupTable
  readonly #parts: readonly PartTexts[]
  readonly #pairs: readonly NumberPairs[]
  #numbering: object | null = null
  #generation = 0
  /** Groups of the table, by the numbers of keys. */
  #groups: number[] = []

  constructor(keyParts: readonly string[], from: { keys: KeyReader; fields: KnownFields; table: GroupTable }) {
    this.#keys = from.keys
    this.#fields = from.fields
    this.#table = from.table
    this.#parts = keyParts.map((name) => ({ name, numbers: new Map(), texts: [''], ofTexts: [] }))
    this.#pairs = keyParts.slice(1).map(() => new NumberPairs())
  }

  /**
   * The number of a key; or the key parts that there are, when one is missing.
   *
   * @throws RowFault when one is too long; what a transform throws.
   */
  keyOf(key: readonly KnownPart[], group: ScannedGroup): number | readonly string[] {
    this.#follow(group)
    let number = this.#numberOf(0, key[0] as KnownPart, group)
    if (number === 0) return this.#partsIn(key, group)
    for (let part = 1; part < key.length; part++) {
      const other = this.#numberOf(part, key[part] as KnownPart, group)
      if (other === 0) return this.#partsIn(key, group)
      number = (this.#pairs[part - 1] as NumberPairs).numberOf(number, other)
    }
    return number
  }

  /** The group of a key in the table, made when it is new. @param key The number that it got since the table was cleared. */
  groupOf(key: number): number {
    const known = this.#groups[key]
    if (known !== undefined) return known
    const made = this.#table.groupOf(this.#textsOf(key))
    this.#groups[key] = made
    return made
  }

  /** Forgets what the table or the numbers of texts have no more. */
  #follow({ texts }: ScannedGroup): void {
    const numbering = texts?.numbering ?? null
    if (numbering !== this.#numbering) {
      this.#numbering = numbering
      for (const part of this.#parts) part.ofTexts = []
    }
    if (this.#table.generation === this.#generation) return
    this.#generation = this.#table.generation
    this.#groups = []
    for (const pairs of this.#pairs) pairs.clear()
    for (const part of this.#parts) {
      part.numbers.clear()
      part.texts.length = 1
      part.ofTexts = []
    }
  }

  #numberOf(part: number, { field, value }: KnownPart, group: ScannedGroup): number {
    const texts = this.#parts[part] as PartTexts
    if (field < 0) return this.#numberOfText(texts, value)
    const number = group.texts?.number(field)
    if (number === 0) return 0
    if (number === undefined) return this.#numberOfText(texts, this.#fields.valueOf(group, field))
    const known = texts.ofTexts[number]
    if (known !== undefined) return known
    const made = this.#numberOfText(texts, this.#fields.valueOf(group, field))
    texts.ofTexts[number] = made
    return made
  }

  #numberOfText({ name, numbers, texts }: PartTexts, value: unknown): number {
    const text = this.#keys.textOf(name, value)
    if (text === null) return 0
    const known = numbers.get(text)
    if (known !== undefined) return known
    const made = texts.push(text) - 1
    numbers.set(text, made)
    return made
  }

  #partsIn(key: readonly KnownPart[], group: ScannedGroup): readonly string[] {
    return this.#parts
      .filter((_, part) => this.#numberOf(part, key[part] as KnownPart, group) !== 0)
      .map(({ name }) => name)
  }

  #textsOf(key: number): readonly string[] {
    const parts = this.#parts
    const texts = parts.map(() => '')
    let number = key
    for (let part = parts.length - 1; part > 0; part--) {
      const pairs = this.#pairs[part - 1] as NumberPairs
      texts[part] = parts[part]?.texts[pairs.secondOf(number)] as string
      number = pairs.firstOf(number)
    }
    texts[0] = parts[0]?.texts[number] as string
    return texts
  }
}
