import { CsvRecordEnds } from '../../blob/cut/record-ends.js'
import type { Piece } from '../input.js'
import { delimiterOf } from '../readers.js'
import { everyLineBalances } from './balanced-lines.js'
import type { Block } from './block.js'
import { openBytes } from './byte-source.js'
import { LineBlocks } from './line-blocks.js'
import { type CutOptions, dueBehind, type LineCuts, lineCuts } from './line-cuts.js'

const QUOTE = 34
const LINE_END = 10
const BRACE = 123

/**
 * Where records begin that are the first at or after each multiple of `pieceBytes`, in a plain file.
 *
 * It goes by the same records that a reader of the whole file would find, since quotes that never close end with their line, and what
 * closes them cannot be told from the middle. About 3 GB a second where each line is a record, and else 0.5.
 *
 * @throws RuleError `input` when it cannot be read.
 */
export async function csvCuts(piece: Piece, options: CutOptions): Promise<readonly number[]> {
  const known = await lineCuts(piece, options)
  const { cuts, until } = known
  if (until >= piece.to) return cuts
  const finder = new CutFinder(options, known)
  const source = await openBytes({ ...piece, from: until, hash: null })
  try {
    for await (const block of new LineBlocks(source).blocks(until > 0)) finder.read(block)
    finder.end()
  } finally {
    await source.close()
  }
  return finder.cuts
}

class CutFinder {
  readonly cuts: number[]
  readonly #options: CutOptions
  readonly #ends: CsvRecordEnds
  /** The header was not met: no piece begins before what comes behind it. */
  #isHeaderDue: boolean
  /** The first record that begins at it or later is the next cut. */
  #due: number
  /** Bytes in which a record begins that is still open, and where they begin. */
  #held: Buffer[] = []
  #heldBytes = 0
  #offset = 0
  /** So many are looked through again: twice as many each time, so that a long record is not looked through with every block. */
  #enough = 0

  /** @param cuts Those that are known already, behind which it begins; none: it begins with the file. */
  constructor(options: CutOptions, { cuts, until }: LineCuts) {
    this.#options = options
    this.#ends = new CsvRecordEnds({ delimiter: delimiterOf(options.csv), isDynamic: options.isDynamic })
    if (until > 0) this.#ends.pass()
    this.cuts = [...cuts]
    this.#isHeaderDue = options.csv.header === true && until === 0
    this.#due = dueBehind(cuts.at(-1) ?? 0, options)
  }

  read(block: Block): void {
    // No record goes on over it: the lines that are held stand alone.
    if (block.isTooLong) this.end()
    if (this.#heldBytes === 0) {
      this.#offset = block.offset
      if (block.isTooLong || (!this.#isHeaderDue && everyLineIsRecord(block.bytes, this.#options.isDynamic))) {
        this.#ends.pass()
        if (block.isTooLong) this.#startAt(block.offset)
        else this.#cutLines(block)
        return
      }
    }
    this.#held.push(Buffer.from(block.bytes))
    this.#heldBytes += block.bytes.length
    if (this.#heldBytes >= this.#enough) this.#cutRecords(false)
  }

  end(): void {
    this.#cutRecords(true)
  }

  #cutLines({ bytes, offset }: Block): void {
    while (this.#due < offset + bytes.length) {
      const start = this.#due <= offset ? offset : offset + bytes.indexOf(LINE_END, this.#due - offset - 1) + 1
      // No line begins behind the due byte: that of the next block does.
      if (start < this.#due || start >= offset + bytes.length) return
      this.#cutAt(start)
    }
  }

  #cutRecords(isLast: boolean): void {
    const bytes = Buffer.concat(this.#held)
    let at = 0
    while (at < bytes.length) {
      const end = this.#ends.next(bytes, at, isLast)
      if (typeof end !== 'number') break
      if (!this.#isHeaderDue) this.#startAt(this.#offset + at)
      else if (!this.#ends.isEmpty) this.#isHeaderDue = false
      at = end
    }
    this.#held = [bytes.subarray(at)]
    this.#heldBytes = bytes.length - at
    this.#offset += at
    this.#enough = 2 * this.#heldBytes
  }

  #startAt(start: number): void {
    if (start >= this.#due) this.#cutAt(start)
  }

  #cutAt(start: number): void {
    this.cuts.push(start)
    this.#due = dueBehind(start, this.#options)
  }
}

/** Whether the quotes of each line balance, so that none goes on in the next. Of lines of JSON, quotes do not count. */
function everyLineIsRecord(bytes: Buffer, isDynamic: boolean): boolean {
  if (!bytes.includes(QUOTE)) return true
  const balances = isDynamic && bytes.includes(BRACE) ? null : everyLineBalances(bytes)
  if (balances !== null) return balances
  let quotes = 0
  let isStart = true
  let isJson = false
  // By index: an iterator took three times as long.
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at]
    if (isStart) isJson = isDynamic && byte === BRACE
    isStart = byte === LINE_END
    if (byte === QUOTE && !isJson) quotes ^= 1
    else if (isStart && quotes === 1) return false
  }
  return quotes === 0
}
