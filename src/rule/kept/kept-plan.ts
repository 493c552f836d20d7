import { askedOfWorld } from '../groups/asked-world.js'
import { failedText } from '../groups/group-taker.js'
import type { Needs } from '../groups/needs.js'
import { ScanMapper } from '../groups/scan-mapper.js'
import type { ScannedGroup } from '../groups/scanned.js'
import { whyNever } from '../groups/why-never.js'
import { type MapScope, openScope } from '../map/map-scope.js'
import { GroupMapper } from '../map/row-mapper.js'
import { Spill } from '../map/spill.js'
import type { Params, RuleDefinition } from '../rule.js'
import { keptFault, notKept } from './kept-fault.js'
import type { KeptGroups, KeptPlan, KeptScan } from './kept-groups.js'

/** What is looked at. */
export interface KeptLook {
  /** Only this one; null: all of the rule. */
  readonly keyset: string | null
  readonly params: Params
  /** Of all tasks. */
  readonly kept: readonly KeptGroups[]
  /** The first groups of a scan. */
  readonly groupsOf: (scan: KeptScan) => Promise<readonly ScannedGroup[]>
  /** Called before each group that functions are called for, with those before it. */
  readonly onRow: (rows: number) => void
}

/** Groups of a scan that functions are called for here at most, and those for which they are called twice. */
export const GROUPS_LOOKED = 1_000
const GROUPS_TWICE = 50

/** Slow functions are called for fewer. */
const LOOK_MS = 500

/**
 * Chooses from which of the scans that a run kept the keysets of a rule are mapped, as it is now: one for all of them; or where only the
 * rule's own functions run, the one with the fewest groups for each. Tells by some groups; in the tasks the others are met.
 *
 * @throws RuleError `input`: no scan has what is asked for, a function fails for a group, or the rule goes by rows whatever it reads;
 * `rule`, `function` as `openScope`.
 */
export async function planKept(rule: RuleDefinition, look: KeptLook): Promise<KeptPlan> {
  const never = whyNever(rule)
  if (never !== null) throw keptFault(never)
  const scope = openScope(rule, look)
  const keysets = scope.keysets.map(({ name }) => name)
  const task = look.kept.find(({ scans }) => scans.some(({ groups }) => groups > 0))
  // Nothing was grouped: all that there is was read by rows.
  if (task === undefined) return { scans: [{ keysets, scan: 0 }] }
  const scans = await Promise.all(
    task.scans.map(async (kept, scan) => ({ kept, scan, size: sizeOf(look, scan), groups: await look.groupsOf(kept) })),
  )
  scans.sort((a, b) => a.size - b.size)
  const trial = (names: readonly string[]) => {
    const needs = scans.map(({ kept, groups }) => needsOf(scope, { keysets: names, kept, groups }, look.onRow))
    const at = needs.findIndex(({ isEmpty }) => isEmpty)
    return { names, needs: needs[0] as Needs, scan: scans[at]?.scan ?? null }
  }
  const all = trial(keysets)
  if (all.scan !== null) return { scans: [{ keysets, scan: all.scan }] }
  // Which records are filtered is known by the first scan: so their functions must be the same.
  const isAlike = scope.keysets.every(({ partsPreprocess }) => partsPreprocess.length === 0)
  if (scans.length === 1 || !isAlike) throw notKept(all.needs)
  const each = keysets.map((name) => trial([name]))
  const without = each.find(({ scan }) => scan === null)
  if (without !== undefined) throw notKept(without.needs)
  const used = [...new Set(each.map(({ scan }) => scan ?? 0))]
  return {
    scans: used.map((scan) => ({
      keysets: each.filter((one) => one.scan === scan).flatMap(({ names }) => names),
      scan,
    })),
  }
}

/** Groups of a scan in all tasks. */
const sizeOf = ({ kept }: KeptLook, scan: number): number =>
  kept.reduce((sum, { scans }) => sum + (scans[scan]?.groups ?? 0), 0)

interface Trial {
  readonly keysets: readonly string[]
  readonly kept: KeptScan
  readonly groups: readonly ScannedGroup[]
}

/** What some keysets ask for that a scan does not have. */
function needsOf(scope: MapScope, { keysets, kept, groups }: Trial, onRow: (rows: number) => void): Needs {
  // What it would hold is dropped, group by group.
  const mapper = new GroupMapper(scope.keysets, { ...scope, groupsMax: 1, spill: new Spill('', '') })
  const scan = new ScanMapper({ keysets, fields: kept.fields, values: kept.values }, { ...scope, mapper })
  const startedMs = performance.now()
  let isSteady = true
  let fault: string | null = null
  const [world] = askedOfWorld(() => {
    for (const [at, group] of groups.entries()) {
      if (performance.now() - startedMs > LOOK_MS) return
      onRow(at)
      const { text, fault: found } = scan.outcomeOf(group)
      fault ??= found
      if (at < GROUPS_TWICE) isSteady &&= scan.outcomeOf(group).text === text
    }
  })
  if (world !== undefined) throw keptFault(`functions ask for ${world}`)
  if (!isSteady) throw keptFault('functions give something else for the same record')
  if (fault !== null && scan.needs.isEmpty) throw keptFault(failedText('a group of records', fault))
  return scan.needs
}
