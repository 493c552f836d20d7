import { isUtf8 } from 'node:buffer'
import { formatCount } from '../../core/count.js'

/** A line that no format can read. */
export interface BadLine {
  readonly bad: string
  /** Its start, at least. */
  readonly raw: string
  /** Quotes in all of it; of one that is too long, nobody counts them. */
  readonly quotes: number
  /** Its length; of one that is too long, more than `LINE_BYTES_MAX`. */
  readonly bytes: number
}

/** A physical line without the separator; a carriage return before it stays. */
export type Line = string | BadLine

/** Lines that follow each other. */
export interface LineBlock {
  /** The number of the first one, from 1. */
  readonly first: number
  readonly lines: readonly Line[]
}

/** The byte that ends a line. */
export type Separator = '\n' | '\0'

/** A longer line is bad, and only its start is kept: 8 MiB, twice the largest payload. */
export const LINE_BYTES_MAX: number = 8 * 1024 * 1024

/** Characters of a too long line that are kept to show it. */
const RAW_START = 1_000

const BYTE_ORDER_MARK = Buffer.from('\uFEFF')

/**
 * Cuts bytes into lines: one block for each chunk that ends a line.
 *
 * A block is whole lines, so no character is cut at its ends, and is checked and decoded in one call each; only a
 * block with a fault is looked at line by line. Holds one chunk and one line of at most `LINE_BYTES_MAX`.
 *
 * @param chunks Not to be written to again once handed over.
 */
export async function* physicalLines(chunks: AsyncIterable<Buffer>, separator: Separator): AsyncGenerator<LineBlock> {
  const end = separator.charCodeAt(0)
  let held: Buffer[] = []
  let heldBytes = 0
  let tooLong: BadLine | null = null
  let first = 1

  for await (let chunk of chunks) {
    if (tooLong) {
      const at = chunk.indexOf(end)
      if (at < 0) continue
      yield { first, lines: [tooLong] }
      first++
      tooLong = null
      chunk = chunk.subarray(at + 1)
    }
    const last = chunk.lastIndexOf(end)
    if (last >= 0) {
      const block = blockOf(Buffer.concat([...held, chunk.subarray(0, last)]), first, separator)
      yield block
      first += block.lines.length
      held = []
      heldBytes = 0
    }
    const rest = chunk.subarray(last + 1)
    held.push(rest)
    heldBytes += rest.length
    if (heldBytes > LINE_BYTES_MAX) {
      tooLong = tooLongLine(Buffer.concat(held).toString())
      held = []
      heldBytes = 0
    }
  }
  if (tooLong) yield { first, lines: [tooLong] }
  else if (heldBytes > 0) yield blockOf(Buffer.concat(held), first, separator)
}

function blockOf(bytes: Buffer, first: number, separator: Separator): LineBlock {
  const hasMark = first === 1 && separator === '\n' && bytes.subarray(0, BYTE_ORDER_MARK.length).equals(BYTE_ORDER_MARK)
  const block = hasMark ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes
  if (!isUtf8(block)) return { first, lines: splitBytes(block, separator).map(checkBytes) }
  const text = block.toString()
  const lines = text.split(separator)
  const isFine = block.length <= LINE_BYTES_MAX && (separator === '\0' || !text.includes('\0'))
  return { first, lines: isFine ? lines : lines.map(checkLine) }
}

function splitBytes(block: Buffer, separator: Separator): readonly Buffer[] {
  const lines: Buffer[] = []
  let start = 0
  for (let end = block.indexOf(separator); end >= 0; end = block.indexOf(separator, start)) {
    lines.push(block.subarray(start, end))
    start = end + 1
  }
  return [...lines, block.subarray(start)]
}

const checkBytes = (line: Buffer): Line =>
  isUtf8(line) ? checkLine(line.toString()) : badLine('not valid UTF-8', line.toString(), line.length)

function checkLine(line: string): Line {
  const bytes = Buffer.byteLength(line)
  if (bytes > LINE_BYTES_MAX) return tooLongLine(line)
  return line.includes('\0') ? badLine('a NUL character, which no argument can hold', line, bytes) : line
}

const badLine = (bad: string, raw: string, bytes: number): BadLine => ({ bad, raw, quotes: countQuotes(raw), bytes })

const tooLongLine = (line: string): BadLine => ({
  bad: `a line of more than ${formatCount(LINE_BYTES_MAX)} bytes`,
  raw: line.slice(0, RAW_START),
  quotes: 0,
  bytes: LINE_BYTES_MAX + 1,
})

/** Quotes in a text. */
export function countQuotes(text: string): number {
  let count = 0
  for (let at = text.indexOf('"'); at >= 0; at = text.indexOf('"', at + 1)) count++
  return count
}
