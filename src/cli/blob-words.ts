import { formatBytes } from '../core/bytes.js'
import { formatCount, plural } from '../core/count.js'

/** A number of records, when somebody counted them. */
export const formatRecords = (records: number | null): string => (records === null ? '-' : formatCount(records))

/** What blobs hold, in a few words: `1,000 records, 12 KiB`. */
export function sizeOf(blobs: readonly { readonly records: number | null; readonly bytes: number }[]): string {
  const bytes = formatBytes(blobs.reduce((sum, blob) => sum + blob.bytes, 0))
  const records = blobs.reduce<number | null>(
    (sum, blob) => (sum === null || blob.records === null ? null : sum + blob.records),
    0,
  )
  return records === null ? bytes : `${plural(records, 'record')}, ${bytes}`
}

/** What became of blobs that lost a tag. */
export const untiedWords = (count: number): string =>
  count === 0
    ? 'all of them are under other tags'
    : `${plural(count, 'blob')} ${count === 1 ? 'is' : 'are'} under no tag now`
