import { formatDuration } from '../core/duration.js'
import type { BadRow, RunCounters } from '../rule/counters.js'
import { plural } from './print/number.js'
import { shorten } from './print/visible.js'

/** Bad rows that are told one by one. */
const TOLD_MAX = 3

/** What a run counted, for the person who waited for it. */
export interface RunAccount {
  readonly counters: RunCounters
  readonly badRows: readonly BadRow[]
  readonly ranMs: number
  /** Where the rows that were set aside are; null: nowhere, undefined: they cannot be kept. */
  readonly rejected: string | null | undefined
}

/** How many rows there were, and what became of those that are in no keyset. */
export function runLine({ counters, ranMs }: Pick<RunAccount, 'counters' | 'ranMs'>): string {
  const { rowsRead, rowsBad, rowsFiltered } = counters
  const parts = [`${plural(rowsRead, 'row')} read`]
  if (rowsBad > 0) parts.push(`${plural(rowsBad, 'bad one')} set aside`)
  if (rowsFiltered > 0) parts.push(`${plural(rowsFiltered, 'row')} filtered out`)
  return `${parts.join(', ')} in ${formatDuration(ranMs)}`
}

/** What was dropped, and why: empty when all is well. */
export function troubleLines({ counters, badRows, rejected }: Omit<RunAccount, 'ranMs'>): readonly string[] {
  return [...filteredLines(counters), ...keysetLines(counters), ...badLines(counters, badRows, rejected)]
}

/** A function that forgets to give its record back filters out all. */
function filteredLines({ rowsRead, rowsFiltered }: RunCounters): readonly string[] {
  if (rowsFiltered === 0 || rowsFiltered < rowsRead) return []
  return [`all ${plural(rowsRead, 'row')} filtered out: does each function of partsPreprocess give the record back?`]
}

function keysetLines({ keysets }: RunCounters): readonly string[] {
  return Object.entries(keysets).flatMap(([name, { rows, keysMissing, valuesNotNumeric }]) => {
    const parts: string[] = []
    if (keysMissing > 0) parts.push(`${plural(keysMissing, 'row')} without a key part left out`)
    if (valuesNotNumeric > 0) parts.push(`${plural(valuesNotNumeric, 'value')} not numeric counted as 0`)
    const before = name.startsWith('_') ? '' : `${name}: `
    return parts.length === 0 ? [] : [`${before}${plural(rows, 'row')} counted, ${parts.join(', ')}`]
  })
}

function badLines(
  { rowsBad }: RunCounters,
  badRows: readonly BadRow[],
  rejected: RunAccount['rejected'],
): readonly string[] {
  if (rowsBad === 0) return []
  const told = badRows.slice(0, TOLD_MAX).map(({ file, line, byte, reason, text }) => {
    const place = line === null ? (byte === null ? file : `${file}, byte ${byte}`) : `${file}:${line}`
    return `${place}: ${reason}: ${shorten(text.replaceAll('\n', ' '), 80)}`
  })
  const more = rowsBad > told.length ? [`and ${plural(rowsBad - told.length, 'more bad row')}`] : []
  const kept = rejected === null ? '--rejected FILE keeps bad rows' : `bad rows are in ${rejected}`
  return [...told, ...more, ...(rejected === undefined ? [] : [kept])]
}

/** What the pieces of a stream counted together. */
export class PipeCounters {
  readonly #total: RunCounters = { rowsRead: 0, rowsBad: 0, rowsFiltered: 0, bytesRead: 0, keysets: {} }
  readonly #badRows: BadRow[] = []

  add({ rowsRead, rowsBad, rowsFiltered, bytesRead, keysets }: RunCounters, badRows: readonly BadRow[]): void {
    this.#total.rowsRead += rowsRead
    this.#total.rowsBad += rowsBad
    this.#total.rowsFiltered += rowsFiltered
    this.#total.bytesRead += bytesRead
    for (const [name, counters] of Object.entries(keysets)) {
      this.#total.keysets[name] ??= { rows: 0, keysMissing: 0, valuesNotNumeric: 0 }
      const total = this.#total.keysets[name]
      total.rows += counters.rows
      total.keysMissing += counters.keysMissing
      total.valuesNotNumeric += counters.valuesNotNumeric
    }
    this.#badRows.push(...badRows.slice(0, TOLD_MAX - this.#badRows.length))
  }

  /** What was dropped, and why: empty when all is well. */
  /** All of it. */
  get sum(): Pick<RunAccount, 'counters' | 'badRows'> {
    return { counters: this.#total, badRows: this.#badRows }
  }

  troubleLines(): readonly string[] {
    return troubleLines({ ...this.sum, rejected: undefined })
  }
}
