import type { KeysetRows } from '../rule.js'
import type { Table } from './table.js'
import { type Cell, cellsOf } from './values.js'

/** Bounds of a pack. A single row may be larger than `bytesMax`: it goes alone. */
export interface PackBounds {
  readonly rowsMax: number
  readonly bytesMax: number
}

type Row = readonly Cell[]

/**
 * Rows in packs that one statement takes, in order. No key comes twice in a pack, so that a statement meets each row of the table once:
 * of two rows with one key, the later finds what the earlier left.
 */
export async function* packsOf(
  table: Table,
  rows: KeysetRows,
  { runId, rowsMax, bytesMax }: PackBounds & { readonly runId: string },
): AsyncIterable<readonly Row[]> {
  const toCells = cellsOf(table, runId)
  const keyOf = keyText(table)
  let pack: Row[] = []
  let bytes = 0
  let keys = new Set<string>()
  for await (const batch of rows.batches()) {
    for (const values of batch) {
      const row = toCells(values)
      const sizeBytes = sizeOf(row)
      const key = keyOf(row)
      if (pack.length > 0 && (pack.length >= rowsMax || bytes + sizeBytes > bytesMax || keys.has(key ?? ''))) {
        yield pack
        pack = []
        bytes = 0
        keys = new Set()
      }
      pack.push(row)
      bytes += sizeBytes
      if (key !== undefined) keys.add(key)
    }
  }
  if (pack.length > 0) yield pack
}

function keyText({ columns, key }: Table): (row: Row) => string | undefined {
  const places = columns.flatMap(({ name }, at) => (key.includes(name) ? [at] : []))
  if (places.length === 0) return () => undefined
  return (row) => JSON.stringify(places.map((at) => String(row[at])))
}

/** About what it takes as text. */
const sizeOf = (row: Row): number => row.reduce<number>((sum, cell) => sum + 24 + textBytes(cell), 0)

const textBytes = (cell: Cell): number => (typeof cell === 'string' ? Buffer.byteLength(cell) : 0)
