import { type Json, parseJson } from '../../core/json.js'
import { isTooDeep } from '../../core/json-depth.js'
import { entriesInOrder, isArray, namedPayload } from '../payload.js'
import type { LineBlock } from './physical-lines.js'
import { badRow, withoutReturn } from './plain-rows.js'
import { type Row, rowOf, TOO_DEEP } from './row.js'

/**
 * JSON lines: an array holds the arguments, the members of an object are named arguments, anything else is one argument.
 * Lines of white space are skipped.
 */
export async function* jsonRows(blocks: AsyncIterable<LineBlock>): AsyncGenerator<readonly Row[]> {
  for await (const { first, lines } of blocks) {
    const rows: Row[] = []
    for (const [at, line] of lines.entries()) {
      if (typeof line !== 'string') rows.push(badRow(first + at, line))
      else if (line.trim() !== '') rows.push(jsonRow(first + at, withoutReturn(line)))
    }
    yield rows
  }
}

function jsonRow(line: number, raw: string): Row {
  const json = parsed(raw)
  if (json instanceof SyntaxError) return { line, bad: `not JSON: ${json.message}`, raw }
  // Before what is nested is written again.
  if (isTooDeep(raw)) return { line, bad: TOO_DEEP, raw }
  const isObject = typeof json === 'object' && json !== null && !isArray(json)
  const entries = isObject ? entriesInOrder(raw, json) : null
  const values = entries?.map(([, value]) => value) ?? (isArray(json) ? json : [json])
  const bad = firstFault(values)
  if (bad !== null) return { line, bad, raw }
  // An array stays the text that it is, so that nothing nested in it is changed on its way to --stdin.
  return rowOf(
    line,
    entries
      ? namedPayload(
          entries.map(([name]) => name),
          values,
        )
      : raw.trim(),
    raw,
  )
}

function parsed(text: string): Json | SyntaxError {
  try {
    return parseJson(text)
  } catch (error) {
    if (error instanceof SyntaxError) return error
    throw error
  }
}

function firstFault(values: readonly Json[]): string | null {
  for (const value of values) {
    if (typeof value === 'string' && value.includes('\0')) return 'a NUL character, which no argument can hold'
    // JavaScript would change the digits of, say, a long id without a word.
    if (
      typeof value === 'number' &&
      (!Number.isFinite(value) || (Number.isInteger(value) && !Number.isSafeInteger(value)))
    ) {
      return `a number too large to be exact (about ${value}): write it as a string`
    }
  }
  return null
}
