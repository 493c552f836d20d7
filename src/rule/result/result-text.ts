import { formatCount } from '../../core/count.js'
import type { ResultFile } from '../result-file.js'
import { csvLine, jsonObject } from './cell-text.js'
import type { Duck } from './duck.js'
import { resultRows } from './rows.js'
import { tableText } from './table-text.js'

/** Rows that a table for people shows. */
const TABLE_ROWS = 1_000

/** How a result becomes text, in pieces. */
export type ResultText = (duck: Duck, result: ResultFile) => AsyncIterable<string>

export async function* csvText(duck: Duck, result: ResultFile): AsyncGenerator<string, void, undefined> {
  yield csvLine(result.columns.map(({ name }) => name))
  for await (const rows of resultRows(duck, result)) yield rows.map(csvLine).join('')
}

export async function* jsonLinesText(duck: Duck, result: ResultFile): AsyncGenerator<string, void, undefined> {
  const names = namesOf(result)
  for await (const rows of resultRows(duck, result)) yield rows.map((row) => `${jsonObject(names, row)}\n`).join('')
}

export async function* jsonText(duck: Duck, result: ResultFile): AsyncGenerator<string, void, undefined> {
  const names = namesOf(result)
  let before = '['
  for await (const rows of resultRows(duck, result)) {
    if (rows.length === 0) continue
    yield `${before}\n${rows.map((row) => `  ${jsonObject(names, row)}`).join(',\n')}`
    before = ','
  }
  yield before === '[' ? '[]\n' : '\n]\n'
}

export async function* peopleText(duck: Duck, result: ResultFile): AsyncGenerator<string, void, undefined> {
  const shown: (readonly unknown[])[] = []
  for await (const rows of resultRows(duck, result, TABLE_ROWS)) shown.push(...rows)
  yield tableText(result.columns, shown)
  if (result.rowCount > shown.length) yield `… ${formatCount(result.rowCount - shown.length)} more\n`
}

const namesOf = ({ columns }: ResultFile): readonly string[] => columns.map(({ name }) => JSON.stringify(name))
