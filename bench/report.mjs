/** A row's figures, as they come. */
export function rowLines(row) {
  if (row.absent !== undefined) return [`  ${row.name}: not run. ${row.absent}`]
  const [least, most] = row.spread.map((value) => figureText(row, value))
  const sides = [hobText(row), ...(row.peer === undefined ? [] : [peerText(row)])].join(', ')
  return [`  ${row.name}: ${sides}: ${figureText(row, row.value)} (rounds ${least} to ${most})${cpuText(row)}`]
}

/** The processor's time for each, where both sides tell it. */
function cpuText({ cpuUs: [hob, peer] }) {
  if (!hob || !peer) return ''
  return `; CPU ${hob.toFixed(1)} and ${peer.toFixed(1)} µs each: ${(peer / hob).toFixed(2)} ×`
}

/** All rows, as a table that Markdown understands too. */
export function tableLines(rows) {
  const cells = [['row', 'what', 'Hob', 'peer', 'figure', 'target', ''], ...rows.map(cellsOf)]
  const widths = cells[0].map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)))
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  const [head, ...body] = cells
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)]
}

function cellsOf(row) {
  if (row.absent !== undefined) return [row.name, row.what, '', row.peer ?? '', '', targetText(row), 'not run']
  const peer = row.peer === undefined ? '–' : peerText(row)
  const verdict = row.isMet ? 'met' : '**missed**'
  return [row.name, row.what, hobText(row), peer, figureText(row, row.value), targetText(row), verdict]
}

const hobText = ({ hobMedian, unit }) => `${number(hobMedian)} ${unit}`

const peerText = ({ peer, peerMedian, unit }) => `${peer}: ${number(peerMedian)} ${unit}`

function figureText({ figure, unit }, value) {
  if (figure === 'ratio') return `${value.toFixed(2)} ×`
  return figure === 'difference' ? `${number(value)} ${unit} more` : `${number(value)} ${unit}`
}

function targetText({ figure, unit, target }) {
  const isAtLeast = target.atLeast !== undefined
  const bound = isAtLeast ? target.atLeast : target.atMost
  const text = figure === 'ratio' ? `${bound} ×` : `${bound} ${unit}${figure === 'difference' ? ' more' : ''}`
  return `${isAtLeast ? '≥' : '≤'} ${text}`
}

/** Three digits that count, and thousands apart. */
function number(value) {
  if (Math.abs(value) < 100) return value.toFixed(1)
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ')
}
