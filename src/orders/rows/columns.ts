import { ArgumentError } from '../../core/errors.js'
import { namedPayloadStart } from '../payload.js'
import { type BadRow, type Row, rowOf } from './row.js'

/** Turns the fields of records into rows; those of the first into the columns' names, when there is a header. */
export class Columns {
  #isHeaderDue: boolean
  /** 0 without a header. */
  #count = 0
  #payloadStart = ''

  constructor(header: boolean) {
    this.#isHeaderDue = header
  }

  /**
   * @returns null for the header.
   * @throws ArgumentError when the header names a column twice.
   */
  row(line: number, fields: readonly string[], raw: string): Row | null {
    if (this.#isHeaderDue) {
      this.#takeHeader(line, fields)
      return null
    }
    if (this.#count === 0) return rowOf(line, JSON.stringify(fields), raw)
    if (fields.length === this.#count) return rowOf(line, `${this.#payloadStart}${JSON.stringify(fields)}}`, raw)
    return { line, bad: `${counted(fields.length)}, but the header has ${this.#count}`, raw }
  }

  /** @throws ArgumentError when it is the header that is bad: nothing after it can be read. */
  bad(row: BadRow): BadRow {
    if (!this.#isHeaderDue) return row
    throw new ArgumentError(`line ${row.line}: the header cannot be read: ${row.bad}`)
  }

  #takeHeader(line: number, names: readonly string[]): void {
    const seen = new Set<string>()
    const twice = new Set<string>()
    for (const name of names) (seen.has(name) ? twice : seen).add(name)
    if (twice.size > 0) {
      const list = [...twice].map((name) => `'${name}'`).join(', ')
      throw new ArgumentError(`line ${line}: the header names more than one column ${list}`, {
        hint: 'Give every column a name of its own, or load the file without --header.',
      })
    }
    this.#isHeaderDue = false
    this.#count = names.length
    this.#payloadStart = namedPayloadStart(names)
  }
}

const counted = (count: number): string => (count === 1 ? '1 field' : `${count} fields`)
