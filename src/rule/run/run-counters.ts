import { RuleError } from '../../core/errors.js'
import type { BadRow, RunCounters } from '../counters.js'

/** Of a run that has counted nothing yet. */
const noCounters = (): RunCounters => ({ rowsRead: 0, rowsBad: 0, rowsFiltered: 0, bytesRead: 0, keysets: {} })

/** Adds counters up. Keysets of one name are one. */
export function addCounters(all: readonly RunCounters[]): RunCounters {
  const sum = noCounters()
  const keysets = new Map<string, { rows: number; keysMissing: number; valuesNotNumeric: number }>()
  for (const each of all) {
    sum.rowsRead += each.rowsRead
    sum.rowsBad += each.rowsBad
    sum.rowsFiltered += each.rowsFiltered
    sum.bytesRead += each.bytesRead
    for (const [name, { rows, keysMissing, valuesNotNumeric }] of Object.entries(each.keysets)) {
      const known = keysets.get(name) ?? { rows: 0, keysMissing: 0, valuesNotNumeric: 0 }
      known.rows += rows
      known.keysMissing += keysMissing
      known.valuesNotNumeric += valuesNotNumeric
      keysets.set(name, known)
    }
  }
  return { ...sum, keysets: Object.fromEntries(keysets) }
}

/** The same with the rule's name before its keysets: for a rule that feeds another. */
export const countersOfSource = (counters: RunCounters, source: string): RunCounters => ({
  ...counters,
  keysets: Object.fromEntries(Object.entries(counters.keysets).map(([name, each]) => [`${source}.${name}`, each])),
})

/**
 * Refuses the result when too many records were bad: more than the rule allows, or all of them.
 *
 * @throws RuleError `bad-rows`
 */
export function checkBadRatio(
  rule: string,
  maxBadRatio: number,
  { counters, badRows }: { readonly counters: RunCounters; readonly badRows: readonly BadRow[] },
): void {
  const { rowsBad, rowsRead } = counters
  if (rowsBad === 0) return
  const isAll = rowsBad >= rowsRead
  if (!isAll && rowsBad / rowsRead <= maxBadRatio) return
  const [first] = badRows
  const place = first === undefined ? '' : `; the first: ${placeOf(first)}: ${first.reason}`
  const why = isAll ? `all ${rowsRead} records were bad` : `${rowsBad} of ${rowsRead} records were bad`
  throw new RuleError('bad-rows', `rule ${rule}: ${why}${place}`, {
    hint: isAll ? allHint(first) : `Its maxBadRatio is ${maxBadRatio}.`,
  })
}

/** What set the records aside: what the reader made of them, or a function of the rule. */
function allHint(first: BadRow | undefined): string {
  const [, name] = /^(\S.*?)(?: threw |: gave )/.exec(first?.reason ?? '') ?? []
  return name === undefined ? 'Does its reader fit what it reads?' : `Is ${name} right for what it is given?`
}

const placeOf = ({ file, line, byte }: BadRow): string =>
  line !== null ? `${file}:${line}` : byte !== null ? `${file}, byte ${byte}` : file
