import { rm, stat } from 'node:fs/promises'
import type { SpillFile } from '../map-output.js'

/** Bytes of spills that are few: some ten thousand groups. To open a DuckDB for them takes longer than to read them all in another. */
const SMALL_BYTES = 512 * 1024

/** Whether the spills of a task are few. */
export async function areSmall(spills: readonly SpillFile[]): Promise<boolean> {
  return (await bytesOf(spills)).reduce((sum, bytes) => sum + bytes, 0) <= SMALL_BYTES
}

/** The size of each. */
export const bytesOf = (spills: readonly SpillFile[]): Promise<readonly number[]> =>
  Promise.all(spills.map(async ({ file }) => (await stat(file)).size))

/** Once what they hold is elsewhere. */
export async function removeSpills(spills: readonly SpillFile[]): Promise<void> {
  await Promise.all(spills.map(({ file }) => rm(file, { force: true })))
}
