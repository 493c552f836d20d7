import { makePaint, type Paint } from './colour.js'
import { visible } from './visible.js'

/** One column: its heading, to which side its cells lean, and their colour. */
export interface Column<Row> {
  readonly heading: string
  /** `right` for numbers. */
  readonly align: 'left' | 'right'
  cell(row: Row): string
  /** Colours a cell that is already as wide as its column. */
  readonly paint?: (text: string, row: Row, paint: Paint) => string
}

/** Rows in columns as wide as their widest cell, two spaces apart; the heading is the first line. */
export function formatTable<Row>(
  columns: readonly Column<Row>[],
  rows: readonly Row[],
  paint: Paint = makePaint(false),
): string[] {
  const cells = rows.map((row) => columns.map((column) => visible(column.cell(row)).replaceAll('\n', '␊')))
  const widths = columns.map((column, at) =>
    Math.max(column.heading.length, ...cells.map((line) => [...(line[at] ?? '')].length)),
  )
  const fitted = (text: string, at: number) => pad(text, widths[at] ?? 0, columns[at]?.align ?? 'left')
  const heading = columns.map((column, at) => paint.bold(fitted(column.heading, at)))
  const lines = rows.map((row, index) =>
    columns.map((column, at) => {
      const text = fitted(cells[index]?.[at] ?? '', at)
      return column.paint ? column.paint(text, row, paint) : text
    }),
  )
  return [heading, ...lines].map((line) => line.join('  ').trimEnd())
}

function pad(text: string, width: number, align: 'left' | 'right'): string {
  const space = ' '.repeat(Math.max(0, width - [...text].length))
  return align === 'left' ? text + space : space + text
}
