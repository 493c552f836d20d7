import { setImmediate } from 'node:timers/promises'
import { RuleError } from '../../core/errors.js'
import type { Piece } from '../input.js'
import type { CountingSink } from '../map/counting-sink.js'
import type { MapScope } from '../map/map-scope.js'
import { checkContent } from '../map/read-piece.js'
import type { GroupMapper } from '../map/row-mapper.js'
import { hardlyFewer } from './group-growth.js'
import type { GroupPlan } from './group-plan.js'
import type { GroupsAgain, GroupWatch } from './group-run.js'
import { numberText } from './number-text.js'
import type { ParquetCounts, ParquetScan, ParquetScanner } from './parquet-groups.js'
import { grownPlan } from './plan-growth.js'
import { ScanMapper } from './scan-mapper.js'
import type { ScannedGroup } from './scanned.js'

/** Between two signs of life while DuckDB is at work. */
const SIGN_MS = 50

/** Groups that are run to the end when one asked for more, so that what others ask for is known as well. */
const GROUPS_ASKED = 1_000

/**
 * Values of a file that may come to JavaScript as lists: all of a group at once. 20 M texts took 2.6 GB; by rows they take no
 * room at all.
 */
const OTHERS_MAX = 100_000

/** What a run over Parquet by groups is made of. */
export interface ParquetRunOptions {
  readonly scope: MapScope
  readonly plan: GroupPlan
  readonly scanner: ParquetScanner
  readonly mapper: GroupMapper
  readonly sink: CountingSink
  readonly watch: GroupWatch & {
    /** Called while there is nothing else to tell. */
    readonly onAlive: () => void
  }
}

/** Reads Parquet by groups, each file for itself. */
export class ParquetRun {
  /** Set when all that was made is void. */
  again: GroupsAgain | null = null
  /** Records that were counted by groups. */
  rows = 0
  /** Groups of which the functions were called. */
  groups = 0
  readonly #options: ParquetRunOptions
  readonly #mappers: readonly ScanMapper[]
  /** Groups of the scan at work that asked for more. */
  #asked = 0

  constructor(options: ParquetRunOptions) {
    const { plan, scope, mapper } = options
    this.#options = options
    this.#mappers = plan.scans.map((scan) => new ScanMapper(scan, { ...scope, mapper }))
  }

  /**
   * Reads a piece, or stops where `again` is set.
   *
   * @returns False when it must be read by rows, and nothing was done.
   * @throws RuleError `input` when it is gone or damaged.
   */
  async read(piece: Piece): Promise<boolean> {
    const { plan, scanner, watch } = this.#options
    const scans: ParquetScan[] = []
    for (const each of plan.scans) {
      const scan = await scanner.open(piece.file, each)
      if (scan === null) return false
      scans.push(scan)
    }
    await checkContent(piece)
    for (const [at, scan] of scans.entries()) {
      try {
        await this.#scan(at, scan)
      } finally {
        // Best effort: the next scan takes the place of its groups, and the task's DuckDB ends with a task that failed.
        await scan.close().catch(() => {})
      }
      if (this.again !== null) return true
    }
    watch.onGroup(0)
    return true
  }

  async #scan(at: number, scan: ParquetScan): Promise<void> {
    const { plan, watch, sink } = this.#options
    const counts = await this.#alive(scan)
    watch.onProgress()
    if (counts === null) return
    const reason = tooManyOthers(counts) ?? (plan.isForced ? null : hardlyFewer(counts.groups, counts.rows))
    if (reason !== null) {
      this.again = { plan: null, reason }
      return
    }
    if (at === 0) {
      this.rows += counts.rows
      sink.counters.rowsRead += counts.rows
    }
    await this.#takeAll(at, scan)
  }

  /** Null when DuckDB cannot, for want of room for example: rows take less. */
  async #alive(scan: ParquetScan): Promise<ParquetCounts | null> {
    const { watch } = this.#options
    const signs = setInterval(watch.onAlive, SIGN_MS)
    try {
      return await scan.run()
    } catch (error) {
      // Whoever ended it is told of by the next sign.
      watch.onProgress()
      if (!(error instanceof RuleError)) throw error
      this.again = { plan: null, reason: `DuckDB could not group its records: ${error.message}` }
      return null
    } finally {
      clearInterval(signs)
    }
  }

  async #takeAll(at: number, scan: ParquetScan): Promise<void> {
    const { needs } = this.#mappers[at] as ScanMapper
    const { plan, watch } = this.#options
    this.#asked = 0
    for await (const batch of scan.groups()) {
      if (!this.#takeBatch(at, batch)) break
      watch.onProgress()
      await setImmediate()
    }
    if (needs.isEmpty || this.again !== null) return
    this.again = { plan: grownPlan(plan, at, needs), reason: 'functions asked for other fields' }
  }

  /** @returns Whether more shall come. */
  #takeBatch(at: number, batch: readonly ScannedGroup[]): boolean {
    const mapper = this.#mappers[at] as ScanMapper
    const { watch, sink } = this.#options
    for (const group of batch) {
      watch.onGroup(++this.groups)
      const made = mapper.take(group)
      if (!mapper.needs.isEmpty) {
        if (mapper.needs.isAll || ++this.#asked >= GROUPS_ASKED) return false
      } else if (typeof made === 'string') {
        this.again = { plan: null, reason: `some records are bad, and told by their lines: ${made}` }
        return false
      } else if (made === 0 && at === 0) sink.counters.rowsFiltered += group.count
    }
    return true
  }
}

const tooManyOthers = ({ others }: ParquetCounts): string | null =>
  others <= OTHERS_MAX ? null : `DuckDB leaves the adding of ${numberText(others)} values of a file to JavaScript`
