import { randomBytes } from 'node:crypto'
import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Duck } from './duck.js'
import { literal } from './sql-text.js'

/** What a Parquet file holds, as its writer saw it. */
export interface ParquetStats {
  readonly rows: number
  /** Whether a column, or a list's elements, holds anything but null. */
  holds(column: string): boolean
  /** The greatest magnitude in a column of numbers; 0 when it holds none. Beyond 2^53 it is near. */
  magnitude(column: string): number
}

/** Writes what a query gives as a Parquet file, whole or not at all; a file of that name is replaced. */
export async function copyParquet(duck: Duck, query: string, file: string): Promise<ParquetStats> {
  return wholeFile(file, async (part) => {
    const [row] = await duck.all(
      `COPY (${query}) TO ${literal(part)} (FORMAT parquet, COMPRESSION snappy, RETURN_STATS)`,
    )
    return statsOf(row ?? [])
  })
}

/** Writes a file under another name first, so that nobody ever finds half of it. */
export async function wholeFile<Result>(file: string, write: (part: string) => Promise<Result>): Promise<Result> {
  const part = `${file}.${randomBytes(4).toString('hex')}.part`
  try {
    const result = await write(part)
    await rename(part, file)
    return result
  } catch (error) {
    await rm(part, { force: true })
    throw error
  }
}

/** Waits until a file and its name are on the disk, so that a loss of power does not take it. */
export async function settleOnDisk(file: string): Promise<void> {
  for (const path of [file, dirname(file)]) {
    const handle = await open(path, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  }
}

/** What RETURN_STATS tells: name of the file, rows, bytes, bytes of the footer, and a map of maps of texts. */
function statsOf([, rows, , , columns]: readonly unknown[]): ParquetStats {
  const known = new Map<string, Map<string, string>>()
  for (const { key, value } of entriesOf(columns)) {
    known.set(String(key), new Map(entriesOf(value).map((entry) => [String(entry.key), String(entry.value)])))
  }
  const stat = (column: string, name: string): number =>
    Number((known.get(`"${column}"`) ?? known.get(`"${column}"."element"`))?.get(name) ?? 0)
  return {
    rows: Number(rows),
    holds: (column) => stat(column, 'num_values') > stat(column, 'null_count'),
    magnitude: (column) => Math.max(Math.abs(stat(column, 'min')), Math.abs(stat(column, 'max'))),
  }
}

const entriesOf = (map: unknown): readonly { key: unknown; value: unknown }[] =>
  (map as { entries?: readonly { key: unknown; value: unknown }[] } | null)?.entries ?? []
