import { setImmediate } from 'node:timers/promises'
import type { Piece } from '../input.js'
import type { Block } from '../map/block.js'
import type { ByteSource } from '../map/byte-source.js'
import { LineBlocks } from '../map/line-blocks.js'
import { rowReader, startOf } from '../map/read-piece.js'
import type { RowReader } from '../map/row-sink.js'
import { GroupGrowth } from './group-growth.js'
import { type GroupsAgain, GroupTaker, type GroupTakerOptions } from './group-taker.js'
import type { Scanner } from './scanned.js'

/** Groups between two signs of life. */
const GROUPS_TURN = 512

/** Lines that are read by rows at most, before a scan is tried again. */
const ODD_LINES_MAX = 1_024

/** What a run by groups is made of. */
export interface GroupRunOptions extends GroupTakerOptions {
  readonly scanner: Scanner
  /** Of all pieces, as they are stored. */
  readonly bytesTotal: number
  /** Opens the bytes of a piece. */
  readonly open: (piece: Piece) => Promise<ByteSource>
}

/** Reads text by groups: once from the first piece to the last, unless it must be done over. */
export class GroupRun {
  /** Records that were counted by groups. */
  rows = 0
  readonly #options: GroupRunOptions
  readonly #scanner: Scanner
  readonly #taker: GroupTaker
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
    const { scope, plan, scanner } = options
    this.#options = options
    this.#scanner = scanner
    this.#taker = new GroupTaker(options)
    this.#taken = plan.scans.map(() => 0)
    this.#growths = plan.scans.map(() => new GroupGrowth(scope.rule.input))
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
   * Reads a piece of text; stops where `again` is set.
   *
   * @param onBlock Called after each block with the bytes, as they are stored, that were read of the piece.
   * @throws RuleError `input` when it is gone or damaged.
   */
  async read(piece: Piece, onBlock: (storedBytes: number) => void): Promise<void> {
    const { sink, scope, open } = this.#options
    const source = await open(piece)
    try {
      this.#columnsDue = undefined
      const start = await startOf(piece, scope.rule.input)
      const own = rowReader(start, { reader: scope.rule.input, sink }, (names) => {
        this.#columnsDue = names
      })
      const rows = this.#options.keeper?.log.watched(own, start) ?? own
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
    for (let scan = 0; scan < this.#taken.length && this.again === null; scan++) await this.#takeAll(scan)
    if (this.again !== null) return
    this.#options.watch.onGroup(0)
    this.#scanner.clear()
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
    let turn = 0
    for (const group of this.#scanner.groups(scan)) {
      if (turn++ % GROUPS_TURN === GROUPS_TURN - 1) {
        this.#options.watch.onProgress()
        await setImmediate()
      }
      if (!this.#taker.take(scan, group)) break
    }
    this.#taken[scan] = (this.#taken[scan] ?? 0) + this.#scanner.groupCount(scan)
    this.#taker.end(scan)
  }

  /** Gives up when groups are not far fewer than records. */
  #checkGroups(): void {
    const { plan, sink, bytesTotal } = this.#options
    if (plan.isForced || this.again !== null || this.rows === 0) return
    const bytes = sink.counters.bytesRead
    for (const [scan, growth] of this.#growths.entries()) {
      const groups = (this.#taken[scan] ?? 0) + this.#scanner.groupCount(scan)
      const reason = growth.tooMany({ groups, rows: this.rows, bytes, bytesTotal })
      if (reason !== null) this.#taker.again = { plan: null, reason }
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
