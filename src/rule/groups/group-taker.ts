import type { GroupKeeper } from '../kept/group-keeper.js'
import type { CountingSink } from '../map/counting-sink.js'
import type { MapScope } from '../map/map-scope.js'
import type { GroupMapper } from '../map/row-mapper.js'
import type { GroupPlan } from './group-plan.js'
import type { Needs } from './needs.js'
import { grownPlan } from './plan-growth.js'
import { ScanMapper } from './scan-mapper.js'
import type { ScannedGroup } from './scanned.js'

/** Groups that are run to the end when one asked for more, so that what others ask for is known as well. */
const GROUPS_ASKED = 1_000

/** What a task by groups must do over: with another plan, or by rows where that is null. */
export interface GroupsAgain {
  readonly plan: GroupPlan | null
  readonly reason: string
  /** What was asked for that groups do not have; absent: nothing. */
  readonly needs?: Needs
}

/** Whom a run by groups tells how far it is. */
export interface GroupWatch {
  /** With records and stored bytes that were read; what it throws ends the run. */
  readonly onProgress: () => void
  /** Called before the functions run for a group, with its number from 1; 0 when they run for records again. */
  readonly onGroup: (group: number) => void
}

/** What groups are taken with. */
export interface GroupTakerOptions {
  readonly scope: MapScope
  readonly plan: GroupPlan
  readonly mapper: GroupMapper
  readonly sink: CountingSink
  readonly watch: GroupWatch
  /** Keeps what is taken; null: nobody does. */
  readonly keeper: GroupKeeper | null
}

/** Characters of a fault that a reason has. */
const FAULT_MAX = 300

/** Why records go by rows that fail otherwise: perhaps they are bad, perhaps a function cannot take records that are watched. */
export const failedText = (what: string, fault: string): string =>
  `${what} failed: ${fault.replaceAll(/\s+/g, ' ').slice(0, FAULT_MAX)}`

/** Runs the functions for groups, whoever scanned them, until a plan turns out to be wrong. */
export class GroupTaker {
  /** Set when all that was made is void. */
  again: GroupsAgain | null = null
  /** Groups that were taken, also those that are left out without a call. */
  groups = 0
  readonly #options: GroupTakerOptions
  /** Of each scan. */
  readonly #mappers: readonly ScanMapper[]
  /** Groups that asked for more. */
  #asked = 0

  constructor(options: GroupTakerOptions) {
    const { plan, scope, mapper } = options
    this.#options = options
    this.#mappers = plan.scans.map((scan) => new ScanMapper(scan, { ...scope, mapper }))
  }

  /** Takes a group of one scan, by its place. @returns Whether more shall come. */
  take(scan: number, group: ScannedGroup): boolean {
    const mapper = this.#mappers[scan] as ScanMapper
    const { watch, sink, keeper } = this.#options
    watch.onGroup(++this.groups)
    keeper?.keep(scan, group)
    const made = mapper.take(group)
    if (!mapper.needs.isEmpty) return !mapper.needs.isAll && ++this.#asked < GROUPS_ASKED
    if (typeof made === 'string') {
      this.again = { plan: null, reason: failedText('a group of records', made) }
      return false
    }
    // Each scan has all records.
    if (made === 0 && scan === 0) sink.counters.rowsFiltered += group.count
    return true
  }

  /** To be called behind the last group of a scan that is taken: sets `again` when some asked for more. */
  end(scan: number): void {
    const { needs } = this.#mappers[scan] as ScanMapper
    if (needs.isEmpty || this.again !== null) return
    const plan = grownPlan(this.#options.plan, scan, needs)
    this.again = { plan, reason: `functions asked for ${needs.words}`, needs }
  }
}
