import type { GroupPlan, GroupScan, ScanValue } from './group-plan.js'
import type { Needs } from './needs.js'

/** Fields of a scan at most, and values: with more, records are taken as a whole. */
export const SCAN_FIELDS_MAX = 32

/**
 * A plan with what functions asked for besides. All scans get the fields, since the functions that ask run for all of them.
 *
 * @param scan The one whose values were asked for.
 */
export function grownPlan(plan: GroupPlan, scan: number, needs: Needs): GroupPlan {
  return {
    ...plan,
    scans: plan.scans.map((each, at) => {
      const values = each.values.map(({ part, isNumber }) => [part, isNumber] as const)
      return scanOf(each.keysets, {
        fields: each.fields === null || needs.isAll ? null : [...each.fields, ...needs.fields],
        values: at === scan ? [...values, ...needs.values] : values,
      })
    }),
  }
}

/** A scan of fields and values as they were found. @param asked Its fields may come twice; a value that is a field too is none. */
export function scanOf(
  keysets: readonly string[],
  asked: {
    readonly fields: readonly string[] | null
    readonly values: readonly (readonly [part: string, isNumber: boolean])[]
  },
): GroupScan {
  const fields = asked.fields && [...new Set(asked.fields)]
  if (fields === null || fields.length > SCAN_FIELDS_MAX) return { keysets, fields: null, values: [] }
  const numbers = new Map<string, boolean>()
  for (const [part, isNumber] of asked.values) {
    if (!fields.includes(part)) numbers.set(part, isNumber || numbers.get(part) === true)
  }
  const values: ScanValue[] = [...numbers].map(([part, isNumber]) => ({ part, isNumber }))
  return values.length > SCAN_FIELDS_MAX ? { keysets, fields: null, values: [] } : { keysets, fields, values }
}
