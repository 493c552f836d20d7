import type { RunCounters } from '../counters.js'
import type { Parts } from '../rule.js'
import type { BadRows } from './bad-rows.js'
import type { RowMapper } from './row-mapper.js'
import type { Place, RowSink } from './row-sink.js'

/** Counts what a mapper makes of records, and sets aside those that are bad. */
export class CountingSink implements RowSink {
  readonly counters: RunCounters
  /** What bad records are told to be from. */
  file = ''
  readonly #mapper: RowMapper
  readonly #badRows: BadRows
  readonly #onRow: (rows: number) => void

  constructor(mapper: RowMapper, badRows: BadRows, onRow: (rows: number) => void = () => {}) {
    this.#onRow = onRow
    this.#mapper = mapper
    this.#badRows = badRows
    this.counters = { rowsRead: 0, rowsBad: 0, rowsFiltered: 0, bytesRead: 0, keysets: { ...mapper.counters } }
  }

  take(parts: Parts): string | null {
    this.#onRow(this.counters.rowsRead)
    const made = this.#mapper.take(parts)
    if (typeof made === 'string') return made
    this.counters.rowsRead++
    if (made === 0) this.counters.rowsFiltered++
    return null
  }

  bad(place: Place, reason: string, text: string): void {
    this.counters.rowsRead++
    this.counters.rowsBad++
    this.#badRows.add(this.file, place, reason, text)
  }
}
