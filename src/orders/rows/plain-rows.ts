import type { BadLine, Line, LineBlock } from './physical-lines.js'
import { type BadRow, type Row, rowOf } from './row.js'

/** One order for each line or NUL-separated entry, which is its one argument; empty ones are skipped. */
export async function* plainRows(blocks: AsyncIterable<LineBlock>): AsyncGenerator<readonly Row[]> {
  for await (const { first, lines } of blocks) yield rowsOf(first, lines)
}

function rowsOf(first: number, lines: readonly Line[]): readonly Row[] {
  const rows: Row[] = []
  for (const [at, line] of lines.entries()) {
    if (typeof line !== 'string') rows.push(badRow(first + at, line))
    else if (line !== '') rows.push(rowOf(first + at, `[${JSON.stringify(line)}]`, line))
  }
  return rows
}

/** The row of a line that no format can read. */
export const badRow = (line: number, { bad, raw }: BadLine): BadRow => ({ line, bad, raw: withoutReturn(raw) })

/** The line without the carriage return that Windows puts before a line's end. */
export const withoutReturn = (line: string): string => (line.endsWith('\r') ? line.slice(0, -1) : line)

/** Lines as they come from a text file, which may be one from Windows. */
export async function* withoutReturns(blocks: AsyncIterable<LineBlock>): AsyncGenerator<LineBlock> {
  for await (const { first, lines } of blocks) {
    yield { first, lines: lines.map((line) => (typeof line === 'string' ? withoutReturn(line) : line)) }
  }
}
