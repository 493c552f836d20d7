import type { GroupPlan, GroupScan, ScanValue } from './group-plan.js'
import type { Needs } from './needs.js'
import { SCAN_NAMES_MAX } from './text-scanner.js'

/** Characters of all names that a scanner is told, which has room for a few times as many bytes. */
const NAMES_LENGTH_MAX = 8_192

/** Fields and values as they were asked for: again and again, or as both. */
export interface ScanNames {
  /** Null: the record as a whole. */
  readonly fields: readonly string[] | null
  readonly values: readonly (readonly [part: string, isNumber: boolean])[]
}

/** Whether a scanner takes scans of so many names. */
export function canScan(scans: readonly GroupScan[]): boolean {
  const names = new Set(scans.flatMap(({ fields, values }) => [...(fields ?? []), ...values.map(({ part }) => part)]))
  return names.size <= SCAN_NAMES_MAX && [...names].join('').length <= NAMES_LENGTH_MAX
}

/** A scan of just what was asked for. A value that is a field too is none. */
export function scanOf(keysets: readonly string[], asked: ScanNames): GroupScan {
  if (asked.fields === null) return wholeScan(keysets)
  const fields = [...new Set(asked.fields)]
  const numbers = new Map<string, boolean>()
  for (const [part, isNumber] of asked.values) {
    if (!fields.includes(part)) numbers.set(part, isNumber || numbers.get(part) === true)
  }
  const values: ScanValue[] = [...numbers].map(([part, isNumber]) => ({ part, isNumber }))
  return { keysets, fields, values }
}

/** A scan of records as a whole. */
export const wholeScan = (keysets: readonly string[]): GroupScan => ({ keysets, fields: null, values: [] })

/**
 * A plan with what functions asked for besides; of whole records, where that becomes too much. All scans get the fields, since the functions that ask
 * for them run for all.
 *
 * @param scan The one whose values were asked for.
 */
export function grownPlan(plan: GroupPlan, scan: number, needs: Needs): GroupPlan {
  const scans = plan.scans.map((each, at) => {
    const values = each.values.map(({ part, isNumber }) => [part, isNumber] as const)
    return scanOf(each.keysets, {
      fields: each.fields === null || needs.isAll ? null : [...each.fields, ...needs.fields],
      values: at === scan ? [...values, ...needs.values] : values,
    })
  })
  return { ...plan, scans: canScan(scans) ? scans : scans.map(({ keysets }) => wholeScan(keysets)) }
}
