import type { GroupTable } from '../map/group-table.js'
import type { KeyReader } from '../map/key-reader.js'
import type { KnownFields, KnownPart } from './known-record.js'
import { NumberPairs } from './number-pairs.js'
import type { ScannedGroup } from './scanned.js'

/**
 * Key texts of one part, by numbers: even ones are twice those of the texts of a field, odd ones of texts that are looked for among the
 * others. What a field has as different texts may be the same key (1 and "1"), which then comes twice in a spill, as it may.
 */
interface PartTexts {
  readonly name: string
  /** The odd ones. */
  readonly numbers: Map<string, number>
  /** By their numbers; null where there is no key. */
  texts: (string | null | undefined)[]
}

/** Finds the group of a table that records belong to whose parts are known, by the numbers of texts: no key is made but of a new group. */
export class KnownKeys {
  readonly #keys: KeyReader
  readonly #fields: KnownFields
  readonly #table: GroupTable
  readonly #parts: readonly PartTexts[]
  readonly #pairs: readonly NumberPairs[]
  /** That of the first group since the table was cleared; the texts of others are looked for. */
  #numbering: object | null = null
  #generation = -1
  /** Groups of the table, by the numbers of keys. */
  #groups: number[] = []

  constructor(keyParts: readonly string[], from: { keys: KeyReader; fields: KnownFields; table: GroupTable }) {
    this.#keys = from.keys
    this.#fields = from.fields
    this.#table = from.table
    this.#parts = keyParts.map((name) => ({ name, numbers: new Map(), texts: [] }))
    this.#pairs = keyParts.slice(1).map(() => new NumberPairs())
  }

  /**
   * The number of a key; or the key parts that there are, when one is missing.
   *
   * @throws RowFault when one is too long; what a transform throws.
   */
  keyOf(key: readonly KnownPart[], group: ScannedGroup): number | readonly string[] {
    if (this.#table.generation !== this.#generation) this.#begin(group)
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

  #begin({ texts }: ScannedGroup): void {
    this.#generation = this.#table.generation
    this.#numbering = texts?.numbering ?? null
    this.#groups = []
    for (const pairs of this.#pairs) pairs.clear()
    for (const part of this.#parts) {
      part.numbers.clear()
      part.texts = []
    }
  }

  /** 0: it is missing. */
  #numberOf(part: number, { field, value }: KnownPart, group: ScannedGroup): number {
    const known = this.#parts[part] as PartTexts
    const { texts } = group
    if (field < 0) return this.#numberOfText(known, value)
    if (texts === undefined || texts.numbering !== this.#numbering || this.#fields.isTransformed(field)) {
      return this.#numberOfText(known, this.#fields.valueOf(group, field))
    }
    const number = texts.number(field) * 2
    let text = known.texts[number]
    if (text === undefined) {
      text = this.#keys.textOf(known.name, texts.value(field))
      known.texts[number] = text
    }
    return text === null ? 0 : number
  }

  #numberOfText({ name, numbers, texts }: PartTexts, value: unknown): number {
    const text = this.#keys.textOf(name, value)
    if (text === null) return 0
    const known = numbers.get(text)
    if (known !== undefined) return known
    const made = numbers.size * 2 + 1
    numbers.set(text, made)
    texts[made] = text
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
