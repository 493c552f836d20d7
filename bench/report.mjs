/** A row's figures, as they come. */
export function rowLines(row) {
  if (row.absent !== undefined) return [`  ${row.name}: not run. ${row.absent}`]
  const [least, most] = row.spread.map((value) => figureText(row, value))
  const sides = [hobText(row), ...(row.peer === undefined ? [] : [peerText(row)])].join(', ')
  return [`  ${row.name}: ${sides}: ${figureText(row, row.value)} (rounds ${least} to ${most})${cpuText(row)}`]
}

/** The processor's time for each, where the sides tell it. */
function cpuText({ times }) {
  if (times.some(({ cpuUs }) => cpuUs === 0)) return ''
  const [hob, peer] = times.map(({ cpuUs, serverUs }) => cpuUs + serverUs)
  const ratio = peer === undefined ? '' : `: ${(peer / hob).toFixed(2)} ×`
  return `; CPU ${times.map(timeText).join(' and ')} µs each${ratio}`
}

/** The client's, and the server's where there is one. */
const timeText = ({ cpuUs, serverUs }) => (serverUs === 0 ? digits(cpuUs) : `${digits(cpuUs)} + ${digits(serverUs)}`)

/** All rows, as a table that Markdown understands too. */
export function tableLines(rows) {
  const cells = [['row', 'what', 'Hob', 'peer', 'figure', 'rounds', 'CPU µs', 'target', ''], ...rows.map(cellsOf)]
  const widths = cells[0].map((_, column) => Math.max(3, ...cells.map((row) => row[column].length)))
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column])).join(' | ')} |`
  const [head, ...body] = cells
  return [line(head), `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body.map(line)]
}

function cellsOf(row) {
  const head = [row.name, row.what]
  if (row.absent !== undefined) return [...head, '', row.peer ?? '', '', '', '', targetText(row), 'not run']
  const peer = row.peer === undefined ? '–' : peerText(row)
  const times = row.times.some(({ cpuUs }) => cpuUs === 0) ? '' : row.times.map(timeText).join('; ')
  const figures = [hobText(row), peer, figureText(row, row.value), spreadText(row), times]
  return [...head, ...figures, targetText(row), verdictText(row)]
}

function verdictText({ isMet }) {
  if (isMet === null) return ''
  return isMet ? 'met' : '**missed**'
}

const spreadText = ({ figure, spread }) => spread.map(figure === 'ratio' ? digits : number).join('–')

const hobText = ({ hobMedian, unit }) => `${number(hobMedian)} ${unit}`

const peerText = ({ peer, peerMedian, unit }) => `${peer}: ${number(peerMedian)} ${unit}`

function figureText({ figure, unit }, value) {
  if (figure === 'ratio') return `${value.toFixed(2)} ×`
  return figure === 'difference' ? `${number(value)} ${unit} more` : `${number(value)} ${unit}`
}

function targetText({ figure, unit, target }) {
  if (target === undefined) return '–'
  const isAtLeast = target.atLeast !== undefined
  const bound = isAtLeast ? target.atLeast : target.atMost
  const text = figure === 'ratio' ? `${bound} ×` : `${bound} ${unit}${figure === 'difference' ? ' more' : ''}`
  return `${isAtLeast ? '≥' : '≤'} ${text}`
}

/** Three digits that count. */
const digits = (value) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0)

/** Three digits that count, and thousands apart. */
function number(value) {
  if (Math.abs(value) < 10) return value.toFixed(2)
  if (Math.abs(value) < 100) return value.toFixed(1)
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ' ')
}
