import { formatCount } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import type { NodeView } from './nodes-view.js'
import type { Paint } from './print/colour.js'
import { type Column, formatTable } from './print/table.js'
import { shorten } from './print/visible.js'

/** Characters of a message that the table shows. */
const MESSAGE_SHOWN_MAX = 60

const NOTHING = '-'

interface NodeColumn extends Omit<Column<NodeView>, 'heading'> {
  /** What it is sorted by: text from A on; numbers from the largest on. */
  readonly rank: (node: NodeView) => string | number
}

const words = (of: (node: NodeView) => string): NodeColumn => ({
  align: 'left',
  cell: (node) => of(node) || NOTHING,
  rank: of,
})

const count = (of: (node: NodeView) => number): NodeColumn => ({
  align: 'right',
  cell: (node) => formatCount(of(node)),
  rank: of,
})

/** All columns there are, by the names that `--columns` and `--sort` have for them. */
export const NODE_COLUMNS = [
  'host',
  'role',
  'name',
  'pid',
  'queue',
  'message',
  'ops',
  'done',
  'failed',
  'up',
  'seen',
] as const

/** The name of a column. */
export type NodeColumnName = (typeof NODE_COLUMNS)[number]

const COLUMNS: Readonly<Record<NodeColumnName, NodeColumn>> = {
  host: words(({ host }) => host),
  role: words(({ role }) => role),
  name: words(({ name }) => name),
  pid: { ...count(({ pid }) => pid), cell: ({ pid }) => String(pid) },
  queue: words(({ queue }) => queue),
  message: words(({ message }) => shorten(message, MESSAGE_SHOWN_MAX)),
  ops: count(({ ops }) => ops),
  done: count(({ done }) => done),
  failed: count(({ failed }) => failed),
  up: { ...count(({ upMs }) => upMs), cell: ({ upMs }) => formatDuration(upMs) },
  seen: {
    align: 'left',
    cell: tellSeen,
    // Who was seen last comes first, and who is gone comes last.
    rank: ({ seenAgoMs, isGone }) => (isGone ? Number.NEGATIVE_INFINITY : -(seenAgoMs ?? Number.MAX_VALUE)),
    paint: (text, { isGone }, paint) => (isGone ? paint.red(text) : text),
  },
}

/** Those that are shown unless one asks for others. */
export const NODE_COLUMNS_SHOWN: readonly NodeColumnName[] = [
  'host',
  'role',
  'name',
  'queue',
  'message',
  'ops',
  'up',
  'seen',
]

/** The nodes as a table. */
export function nodesLines(
  nodes: readonly NodeView[],
  columns: readonly NodeColumnName[],
  paint: Paint,
): readonly string[] {
  if (nodes.length === 0) return ['Nobody is at work here.']
  const shown = columns.map((name): Column<NodeView> => ({ ...COLUMNS[name], heading: name.toUpperCase() }))
  return formatTable(shown, nodes, paint)
}

/** By one column: text from A on; numbers from the largest on; who was seen last first. Equal ones by host and name. */
export function sortNodes(nodes: readonly NodeView[], by: NodeColumnName): readonly NodeView[] {
  const { rank } = COLUMNS[by]
  return [...nodes].sort(
    (a, b) => order(rank(a), rank(b)) || order(a.host, b.host) || order(a.name, b.name) || order(a.role, b.role),
  )
}

function order(a: string | number, b: string | number): number {
  if (a === b) return 0
  const isBefore = typeof a === 'number' && typeof b === 'number' ? a > b : a < b
  return isBefore ? -1 : 1
}

function tellSeen({ isGone, seenAgoMs }: NodeView): string {
  const ago = seenAgoMs === null ? NOTHING : `${formatDuration(seenAgoMs)} ago`
  return isGone ? `gone, ${ago}` : ago
}
