import type { GroupScan } from './group-plan.js'
import { scanOf } from './plan-growth.js'

/** What scans cost, in calls of the functions for a group of one keyset. */
export interface ScanCosts {
  /** Groups that a scan would have. */
  readonly groupsOf: (scan: GroupScan) => number
  /** What each scan costs besides. */
  readonly scan: number
}

/**
 * Puts keysets together in scans, so that they cost the least: two at a time, those with which most is saved, as long as something is. By
 * user and by user and day have about the same groups; by country has few, and with either as many as that.
 *
 * @param scans One for each keyset, all of them with the same functions.
 */
export function scanClusters(
  scans: readonly GroupScan[],
  { groupsOf, scan: scanCost }: ScanCosts,
): readonly GroupScan[] {
  const costs = new Map<string, number>()
  const costOf = (scan: GroupScan): number => {
    const name = scan.keysets.join()
    const cost = costs.get(name) ?? scanCost + groupsOf(scan) * groupCost(scan)
    costs.set(name, cost)
    return cost
  }
  for (let clusters = scans; ; ) {
    const pairs = clusters.flatMap((one, at) =>
      clusters.slice(at + 1).map((other) => {
        const both = together(one, other)
        return { one, other, both, saved: costOf(one) + costOf(other) - costOf(both) }
      }),
    )
    const [best] = pairs.sort((a, b) => b.saved - a.saved)
    if (best === undefined || best.saved <= 0) return clusters
    clusters = [best.both, ...clusters.filter((each) => each !== best.one && each !== best.other)]
  }
}

/** Functions run once for a group, and each keyset adds to a table of its own. */
export const groupCost = ({ keysets }: GroupScan): number => (1 + keysets.length) / 2

const together = (one: GroupScan, other: GroupScan): GroupScan =>
  scanOf([...one.keysets, ...other.keysets], {
    fields: one.fields === null || other.fields === null ? null : [...one.fields, ...other.fields],
    values: [...one.values, ...other.values].map(({ part, isNumber }) => [part, isNumber] as const),
  })
