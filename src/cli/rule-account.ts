import { plural } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import type { AbsentPart, BadRow, RunCounters } from '../rule/counters.js'
import { addCounters } from '../rule/run/run-counters.js'
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
  if (rowsRead === 0) return ['there was no record to read']
  if (rowsFiltered === 0 || rowsFiltered < rowsRead) return []
  return [`all ${plural(rowsRead, 'row')} filtered out: does each function of partsPreprocess give the record back?`]
}

function keysetLines({ keysets }: RunCounters): readonly string[] {
  return Object.entries(keysets).flatMap(
    ([name, { rows, keysMissing, valuesNotNumeric, absent = [], rounded = [] }]) => {
      const parts: string[] = []
      if (keysMissing > 0) parts.push(`${plural(keysMissing, 'row')} without a key part left out`)
      if (valuesNotNumeric > 0) parts.push(`${plural(valuesNotNumeric, 'value')} not numeric counted as 0`)
      const before = name.startsWith('_') ? '' : `${name}: `
      return [
        ...(parts.length === 0 ? [] : [`${before}${plural(rows, 'row')} counted, ${parts.join(', ')}`]),
        ...absent.map((part) => `${before}${absentText(part)}`),
        ...rounded.map((part) => `${before}${roundedText(part)}`),
      ]
    },
  )
}

/** Different numbers may have become one key. */
export const roundedText = (part: string): string =>
  `key part '${part}' has numbers beyond 2^53, whose last digits are lost: as texts they keep them`

/** A name in a rule that no record has. */
export const absentText = ({ part, kind, meant }: AbsentPart): string =>
  `no record has the field '${part}' of ${kind}Parts${meant === null ? '' : `: did you mean ${meant}?`}`

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
  #total: RunCounters = addCounters([])
  readonly #badRows: BadRow[] = []

  add(counters: RunCounters, badRows: readonly BadRow[]): void {
    this.#total = addCounters([this.#total, counters])
    this.#badRows.push(...badRows.slice(0, TOLD_MAX - this.#badRows.length))
  }

  /** All of it. */
  get sum(): Pick<RunAccount, 'counters' | 'badRows'> {
    return { counters: this.#total, badRows: this.#badRows }
  }

  /** What was dropped, and why: empty when all is well. */
  troubleLines(): readonly string[] {
    return troubleLines({ ...this.sum, rejected: undefined })
  }
}
