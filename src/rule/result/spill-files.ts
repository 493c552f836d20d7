import { rm, stat } from 'node:fs/promises'
import type { SpillFile } from '../map-output.js'
import type { MapFile } from './reduce-task.js'

const KIB = 1024

/** Bytes of spills that are few: some ten thousand groups. To open a DuckDB for them takes longer than to read them all in another. */
const SMALL_BYTES = 512 * KIB

/**
 * Bytes of plain spills of one task that the reduce task reads itself: to make Parquet of them first takes longer than it saves, since each
 * is read once (600,000 groups in ten tasks: 1.4 s of the threads, and 0.1 s saved). Larger ones are made smaller where they are, by
 * however many threads and processes work at the run.
 */
const PLAIN_BYTES = 16 * KIB * KIB

/** Whether spills of a task are left to the reduce task. */
export async function areSmall(spills: readonly SpillFile[]): Promise<boolean> {
  const bytes = (await bytesOf(spills)).reduce((sum, bytes) => sum + bytes, 0)
  return bytes <= (spills.every(isPlain) ? PLAIN_BYTES : SMALL_BYTES)
}

/** Whether it has groups whose sums are whole numbers below 2^53, which need nothing done to them. */
export const isPlain = ({ kind, wholeMax }: SpillFile): boolean => kind === 'groups' && wholeMax !== undefined

/** Spills that a reduce task reads as they are. */
export async function plainSpills(spills: readonly SpillFile[]): Promise<readonly MapFile[]> {
  const plain = spills.filter(isPlain)
  const bytes = await bytesOf(plain)
  return plain.map(({ kind, keyset, file, rows, wholeMax = 0 }, at) => {
    const place = { kind, keyset, file, rows, spillBytes: bytes[at] ?? 0 }
    return { ...place, hasFractions: false, hasDoubles: false, wholeMax }
  })
}

/** The size of each. */
export const bytesOf = (spills: readonly SpillFile[]): Promise<readonly number[]> =>
  Promise.all(spills.map(async ({ file }) => (await stat(file)).size))

/** Once what they hold is elsewhere. */
export async function removeSpills(spills: readonly SpillFile[]): Promise<void> {
  await Promise.all(spills.map(({ file }) => rm(file, { force: true })))
}
