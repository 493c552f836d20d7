import type { ResultColumn } from '../rule.js'
import { cellText } from './cell-text.js'

/** A longer text is cut, so that one does not push all others off the screen. */
const CELL_MAX = 100

/** Rows for people: columns aligned, numbers to the right, null as nothing. */
export function tableText(columns: readonly ResultColumn[], rows: readonly (readonly unknown[])[]): string {
  const lines = [
    columns.map(({ name }) => shown(name)),
    ...rows.map((row) => row.map((value) => shown(cellText(value) ?? ''))),
  ]
  const widths = columns.map((_, at) => lines.reduce((most, line) => Math.max(most, width(line[at] ?? '')), 0))
  const isRight = columns.map(({ type }, at) => type === 'integer' || type === 'number' || areNumbers(rows, at))
  const text = (line: readonly string[]) =>
    line
      .map((cell, at) => {
        const space = ' '.repeat((widths[at] ?? 0) - width(cell))
        return isRight[at] ? space + cell : cell + space
      })
      .join('  ')
      .trimEnd()
  const [head = [], ...body] = lines
  const rule = widths.map((count) => '-'.repeat(count)).join('  ')
  return `${[text(head), rule, ...body.map(text)].join('\n')}\n`
}

const areNumbers = (rows: readonly (readonly unknown[])[], at: number): boolean =>
  rows.length > 0 && rows.every((row) => row[at] === null || typeof row[at] === 'number' || typeof row[at] === 'bigint')

/** One line without control characters, which a terminal would obey. */
function shown(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  const line = text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (char) =>
    JSON.stringify(char)
      .slice(1, -1)
      .replace(/^[\u007f-\u009f]$/, '\uFFFD'),
  )
  const chars = [...line]
  return chars.length > CELL_MAX ? `${chars.slice(0, CELL_MAX - 1).join('')}…` : line
}

/** Places on a terminal, near enough: wide letters and most pictures take two, marks upon letters none. */
function width(text: string): number {
  let count = 0
  for (const char of text) {
    if (/\p{Mn}|\p{Me}|\u200d|\ufe0f/u.test(char)) continue
    count +=
      /\p{Script=Han}|\p{Script=Hiragana}|\p{Script=Katakana}|\p{Script=Hangul}|\p{Emoji_Presentation}|[\uff01-\uff60]/u.test(
        char,
      )
        ? 2
        : 1
  }
  return count
}
