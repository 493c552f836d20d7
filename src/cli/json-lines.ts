import { parseJson } from '../core/json.js'
import { type Line, physicalLines } from '../orders/rows/physical-lines.js'
import { badRow, withoutReturn } from '../orders/rows/plain-rows.js'
import { type Row, rowOf } from '../orders/rows/row.js'

/** Bytes as rows of JSON, one value a line, each payload the text that it is; lines of white space are skipped. */
export async function* jsonLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<readonly Row[]> {
  for await (const { first, lines } of physicalLines(chunks, '\n')) {
    yield lines.map((line, at) => jsonLine(first + at, line)).filter((row) => row !== null)
  }
}

function jsonLine(number: number, line: Line): Row | null {
  if (typeof line !== 'string') return badRow(number, line)
  const raw = withoutReturn(line)
  if (raw.trim() === '') return null
  try {
    parseJson(raw)
    return rowOf(number, raw.trim(), raw)
  } catch (error) {
    return { line: number, bad: `not JSON: ${(error as SyntaxError).message}`, raw }
  }
}
