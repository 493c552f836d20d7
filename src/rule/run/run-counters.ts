import { formatCount } from '../../core/count.js'
import { RuleError } from '../../core/errors.js'
import { type AbsentPart, type BadRow, type KeysetCounters, noKeysetCounters, type RunCounters } from '../counters.js'

/** Of a run that has counted nothing yet. */
const noCounters = (): RunCounters => ({ rowsRead: 0, rowsBad: 0, rowsFiltered: 0, bytesRead: 0, keysets: {} })

/** Adds counters up. Keysets of one name are one. */
export function addCounters(all: readonly RunCounters[]): RunCounters {
  const sum = noCounters()
  const keysets = new Map<string, KeysetCounters>()
  for (const each of all) {
    sum.rowsRead += each.rowsRead
    sum.rowsBad += each.rowsBad
    sum.rowsFiltered += each.rowsFiltered
    sum.bytesRead += each.bytesRead
    for (const [name, keyset] of Object.entries(each.keysets)) {
      // What an older version kept lacks some.
      keysets.set(name, addKeyset(keysets.get(name) ?? noKeysetCounters(), { ...noKeysetCounters(), ...keyset }))
    }
  }
  return { ...sum, keysets: Object.fromEntries(keysets) }
}

const addKeyset = (one: KeysetCounters, other: KeysetCounters): KeysetCounters => ({
  rows: one.rows + other.rows,
  keysMissing: one.keysMissing + other.keysMissing,
  valuesNotNumeric: one.valuesNotNumeric + other.valuesNotNumeric,
  rounded: [...new Set([...one.rounded, ...other.rounded])],
  absent: [
    ...one.absent.filter((part) => !hasSeen(other, part)),
    ...other.absent.filter((part) => !hasSeen(one, part) && !one.absent.some((each) => isSame(each, part))),
  ],
})

/** Some record had it there; not: none had it, or none came that far. */
function hasSeen({ rows, keysMissing, absent }: KeysetCounters, part: AbsentPart): boolean {
  const hasCome = part.kind === 'key' ? rows + keysMissing > 0 : rows > 0
  return hasCome && !absent.some((each) => isSame(each, part))
}

const isSame = (one: AbsentPart, other: AbsentPart): boolean => one.part === other.part && one.kind === other.kind

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
  const why = isAll
    ? `all ${formatCount(rowsRead)} records were bad`
    : `${formatCount(rowsBad)} of ${formatCount(rowsRead)} records were bad`
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
