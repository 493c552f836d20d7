import { setImmediate } from 'node:timers/promises'
import type { Piece } from '../input.js'
import type { Block } from '../map/block.js'
import { openBytes } from '../map/byte-source.js'
import type { CountingSink } from '../map/counting-sink.js'
import { LineBlocks } from '../map/line-blocks.js'
import type { MapScope } from '../map/map-scope.js'
import { openRows } from '../map/read-piece.js'
import type { GroupMapper } from '../map/row-mapper.js'
import type { RowReader } from '../map/row-sink.js'
import { GroupGrowth } from './group-growth.js'
import type { GroupPlan } from './group-plan.js'
import { grownPlan } from './plan-growth.js'
import { ScanMapper } from './scan-mapper.js'
import type { Scanner } from './scanned.js'

/** Groups that are run to the end when one asked for more, so that what others ask for is known as well. */
const GROUPS_ASKED = 1_000

/** Groups between two signs of life. */
const GROUPS_TURN = 512

/** Lines that are read by rows at most, before a scan is tried again. */
const ODD_LINES_MAX = 1_024

/** What a task by groups must do over: with another plan, or by rows where that is null. */
export interface GroupsAgain {
  readonly plan: GroupPlan | null
  readonly reason: string
}

/** Whom a run by groups tells how far it is. */
export interface GroupWatch {
  /** With records and stored bytes that were read; what it throws ends the run. */
  readonly onProgress: () => void
  /** Called before the functions run for a group, with its number from 1; 0 when they run for records again. */
  readonly onGroup: (group: number) => void
}

/** What a run by groups is made of. */
export interface GroupRunOptions {
  readonly scope: MapScope
  readonly plan: GroupPlan
  readonly scanner: Scanner
  /** Takes groups, and records that the scanner leaves. */
  readonly mapper: GroupMapper
  readonly sink: CountingSink
  /** Of all pieces, as they are stored. */
  readonly bytesTotal: number
  readonly watch: GroupWatch
}

/** Reads text by groups: once from the first piece to the last, unless it must be done over. */
export class GroupRun {
  /** Set when all that was made is void. */
  again: GroupsAgain | null = null
  /** Records that were counted by groups. */
  rows = 0
  /** Groups of which the functions were called. */
  groups = 0
  readonly #options: GroupRunOptions
  readonly #scanner: Scanner
  readonly #mappers: readonly ScanMapper[]
  /** Of each scan, those that were taken out of the scanner. */
  readonly #taken: number[]
  readonly #growths: readonly GroupGrowth[]
  /** As the scanner has them; undefined: it was told of none. */
  #columns: readonly string[] | null | undefined
  /** As the piece has them; undefined: nobody knows yet. */
  #columnsDue: readonly string[] | null | undefined
  /** Lines that go by rows when the next odd one comes. */
  #oddLines = 1
  /** Lines that were scanned since the last odd one. */
  #evenLines = 0

  constructor(options: GroupRunOptions) {
    const { scope, plan, scanner, mapper } = options
    this.#options = options
    this.#scanner = scanner
    this.#mappers = plan.scans.map((scan) => new ScanMapper(scan, { ...scope, mapper }))
    this.#taken = plan.scans.map(() => 0)
    this.#growths = plan.scans.map(() => new GroupGrowth(scope.rule.input))
  }

  /**
   * Reads a piece of text; stops where `again` is set.
   *
   * @param onBlock Called after each block with the bytes, as they are stored, that were read of the piece.
   * @throws RuleError `input` when it is gone or damaged.
   */
  async read(piece: Piece, onBlock: (storedBytes: number) => void): Promise<void> {
    const { sink, scope } = this.#options
    const source = await openBytes(piece)
    try {
      this.#columnsDue = undefined
      const rows = await openRows(piece, { reader: scope.rule.input, sink }, (names) => {
        this.#columnsDue = names
      })
      for await (const block of new LineBlocks(source).blocks(piece.from > 0)) {
        if (block.isClean) await this.#readClean(block, rows)
        else rows.read(block)
        onBlock(Math.min(source.storedBytes, piece.to - piece.from))
        this.#checkGroups()
        if (this.again !== null) return
      }
      rows.end()
      onBlock(piece.to - piece.from)
    } finally {
      await source.close()
    }
  }

  /** Runs the functions for all groups that are left. */
  async finish(): Promise<void> {
    for (let scan = 0; scan < this.#mappers.length && this.again === null; scan++) await this.#takeAll(scan)
    this.#options.watch.onGroup(0)
    if (this.again === null) this.#scanner.clear()
  }

  async #readClean(block: Block, rows: RowReader): Promise<void> {
    const scanner = this.#scanner
    let at = rows.isWithin ? this.#readOdd(block, 0, rows) : 0
    if (at < block.bytes.length) scanner.load(block.bytes)
    while (at < block.bytes.length) {
      await this.#tellColumns()
      if (this.again !== null) return
      at = scanner.scan(at)
      this.#evenLines += scanner.lines
      rows.pass(scanner.lines)
      this.rows += scanner.rows
      this.#options.sink.counters.rowsRead += scanner.rows
      if (scanner.stopped === 'full') await this.finish()
      else if (scanner.stopped === 'odd') at = this.#readOdd(block, at, rows)
      if (this.again !== null) return
    }
  }

  /**
   * Reads a line by rows; or the more of them, the fewer were scanned since the last one: a scan that stops again and again is dear. Goes on
   * until nothing is open, with more and more lines.
   *
   * @returns The byte behind them.
   */
  #readOdd(block: Block, from: number, rows: RowReader): number {
    this.#oddLines = this.#evenLines < this.#oddLines ? Math.min(this.#oddLines * 2, ODD_LINES_MAX) : 1
    this.#evenLines = 0
    let at = from
    let lines = this.#oddLines
    do {
      const end = behindLines(block.bytes, at, lines)
      rows.read(block.part(at, end))
      at = end
      // By much, since what is open is gone through again each time.
      lines *= 16
    } while (rows.isWithin && at < block.bytes.length)
    return at
  }

  /** Before the first record that has them. Whole records of other columns are other records, so that groups of them go first. */
  async #tellColumns(): Promise<void> {
    const due = this.#columnsDue
    if (due === undefined || sameColumns(due, this.#columns)) return
    const isWhole = this.#options.plan.scans.some(({ fields }) => fields === null)
    if (isWhole && this.#columns !== undefined) await this.finish()
    if (this.again !== null) return
    this.#columns = due
    this.#scanner.columns(due)
  }

  async #takeAll(scan: number): Promise<void> {
    const mapper = this.#mappers[scan] as ScanMapper
    const { watch, sink, plan } = this.#options
    const { counters } = sink
    let asked = 0
    let turn = 0
    for (const group of this.#scanner.groups(scan)) {
      if (turn++ % GROUPS_TURN === GROUPS_TURN - 1) {
        watch.onProgress()
        await setImmediate()
      }
      watch.onGroup(++this.groups)
      const made = mapper.take(group)
      if (!mapper.needs.isEmpty) {
        if (mapper.needs.isAll || ++asked >= GROUPS_ASKED) break
      } else if (typeof made === 'string') {
        this.again = { plan: null, reason: `some records are bad, and told by their lines: ${made}` }
        return
      } else if (made === 0 && scan === 0) counters.rowsFiltered += group.count
    }
    this.#taken[scan] = (this.#taken[scan] ?? 0) + this.#scanner.groupCount(scan)
    if (mapper.needs.isEmpty) return
    this.again = { plan: grownPlan(plan, scan, mapper.needs), reason: 'functions asked for other fields' }
  }

  /** Gives up when groups are not far fewer than records. */
  #checkGroups(): void {
    const { plan, sink, bytesTotal } = this.#options
    if (plan.isForced || this.again !== null || this.rows === 0) return
    const bytes = sink.counters.bytesRead
    for (const [scan, growth] of this.#growths.entries()) {
      const groups = (this.#taken[scan] ?? 0) + this.#scanner.groupCount(scan)
      const reason = growth.tooMany({ groups, rows: this.rows, bytes, bytesTotal })
      if (reason !== null) this.again = { plan: null, reason }
    }
  }
}

function behindLines(bytes: Buffer, from: number, lines: number): number {
  let at = from
  for (let line = 0; line < lines && at < bytes.length; line++) {
    const end = bytes.indexOf(10, at)
    at = end < 0 ? bytes.length : end + 1
  }
  return at
}

const sameColumns = (a: readonly string[] | null, b: readonly string[] | null | undefined): boolean =>
  a === b || (!!a && !!b && a.length === b.length && a.every((name, at) => name === b[at]))
