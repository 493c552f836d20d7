import { formatCount, plural } from '../../core/count.js'
import type { CsvReaderOptions } from '../reader.js'
import type { Parts } from '../rule.js'
import { FIELDS_MAX, numberedNames, type PartsMaker, partsMaker } from './csv-parts.js'

/** What the fields of a CSV record become. */
export class CsvColumns {
  readonly #whose: string
  #names: readonly string[] | null
  #maker: PartsMaker | null
  /** For records without names, by how many fields they have. */
  readonly #makers = new Map<number, PartsMaker>()

  /** @param names Of the header, where the file has one. */
  constructor({ fields }: CsvReaderOptions, names: readonly string[] | null) {
    this.#whose = names === null ? 'the fields are' : 'the header has'
    this.#names = names ?? fields ?? null
    this.#maker = this.#names && partsMaker(this.#names)
  }

  /** @returns What is wrong, when there are too few or too many. */
  parts(fields: readonly string[]): Parts | string {
    if (this.#names === null) return this.#unnamed(fields)
    if (this.#maker && fields.length === this.#names.length) return this.#maker(fields)
    return `${plural(fields.length, 'field')}, but ${this.#whose} ${formatCount(this.#names.length)}`
  }

  #unnamed(fields: readonly string[]): Parts | string {
    const { length } = fields
    if (length > FIELDS_MAX)
      return `${plural(length, 'field')}; at most ${formatCount(FIELDS_MAX)} can be read without names`
    const maker = this.#makers.get(length) ?? partsMaker(numberedNames(length))
    if (this.#makers.size < 100) this.#makers.set(length, maker)
    return maker(fields)
  }
}
