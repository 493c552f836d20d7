import { setImmediate } from 'node:timers/promises'
import { formatCount } from '../../core/count.js'
import { RuleError } from '../../core/errors.js'
import type { Piece } from '../input.js'
import { checkContent } from '../map/read-piece.js'
import { hardlyFewer } from './group-growth.js'
import { type GroupsAgain, GroupTaker, type GroupTakerOptions, type GroupWatch } from './group-taker.js'
import type { ParquetCounts, ParquetScan, ParquetScanner } from './parquet-groups.js'

/** Between two signs of life while DuckDB is at work. */
const SIGN_MS = 50

/**
 * Values of a file that may come to JavaScript as lists: all of a group at once. 20 M texts took 2.6 GB; by rows they take no
 * room at all.
 */
const OTHERS_MAX = 100_000

/** What a run over Parquet by groups is made of. */
export interface ParquetRunOptions extends GroupTakerOptions {
  readonly scanner: ParquetScanner
  readonly watch: GroupWatch & {
    /** Called while there is nothing else to tell. */
    readonly onAlive: () => void
  }
}

/** Reads Parquet by groups, each file for itself. */
export class ParquetRun {
  /** Records that were counted by groups. */
  rows = 0
  readonly #options: ParquetRunOptions
  readonly #taker: GroupTaker

  constructor(options: ParquetRunOptions) {
    this.#options = options
    this.#taker = new GroupTaker(options)
  }

  /** Set when all that was made is void. */
  get again(): GroupsAgain | null {
    return this.#taker.again
  }

  /** Groups that were taken, also those that are left out without a call. */
  get groups(): number {
    return this.#taker.groups
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
      this.#taker.again = { plan: null, reason }
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
      this.#taker.again = { plan: null, reason: `DuckDB could not group its records: ${error.message}` }
      return null
    } finally {
      clearInterval(signs)
    }
  }

  async #takeAll(at: number, scan: ParquetScan): Promise<void> {
    for await (const batch of scan.groups()) {
      if (!batch.every((group) => this.#taker.take(at, group))) break
      this.#options.watch.onProgress()
      await setImmediate()
    }
    this.#taker.end(at)
  }
}

const tooManyOthers = ({ others }: ParquetCounts): string | null =>
  others <= OTHERS_MAX ? null : `DuckDB leaves the adding of ${formatCount(others)} values of a file to JavaScript`
