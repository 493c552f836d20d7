import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import type { Records } from '../broker/records.js'
import { eachRun, hasRunEnded, KEPT_FILE } from './run-holds.js'

/** Which folders of runs may go. */
export interface RunFolderBounds {
  /** Only those of runs that ended before, by the clock of the kitchen's store. */
  readonly endedBeforeMs: number
  /** And of runs that nobody knows, where nobody wrote since then by the clock of the store of blobs. */
  readonly beforeMs: number
  /** False: only tells which. */
  readonly remove: boolean
}

/**
 * Removes the intermediate files of runs that are over. A folder is named for its run; one that somebody asked to keep stays.
 *
 * @returns The names of those that are gone, or would be.
 */
export async function removeRunFolders(
  records: Pick<Records, 'records'>,
  runsFolder: string,
  { endedBeforeMs, beforeMs, remove }: RunFolderBounds,
): Promise<readonly string[]> {
  const folders = await entriesOf(runsFolder)
  if (folders.length === 0) return []
  const endedMs = new Map<string, number>()
  for await (const run of eachRun(records)) {
    endedMs.set(run.id, hasRunEnded(run) ? (run.endedMs ?? Number.POSITIVE_INFINITY) : Number.POSITIVE_INFINITY)
  }
  const gone: string[] = []
  for (const folder of folders) {
    const path = join(runsFolder, folder)
    const ended = endedMs.get(folder)
    const isOver = ended === undefined ? (await newestMs(path, DEPTH)) < beforeMs : ended < endedBeforeMs
    if (!isOver || (await entriesOf(path)).includes(KEPT_FILE)) continue
    if (remove) await rm(path, { recursive: true, force: true })
    gone.push(folder)
  }
  return gone
}

/** Folders of attempts stand in that of their run, and those of tasks in theirs. */
const DEPTH = 2

/** When somebody last made or removed something in a folder, or in those below it. */
async function newestMs(path: string, depth: number): Promise<number> {
  // Gone meanwhile: two collections at once.
  const found = await stat(path).catch(() => undefined)
  let newest = found?.mtimeMs ?? Number.POSITIVE_INFINITY
  if (depth === 0 || found?.isDirectory() !== true) return newest
  for (const entry of await entriesOf(path)) newest = Math.max(newest, await newestMs(join(path, entry), depth - 1))
  return newest
}

/** Nothing when it is not there, or no folder. */
const entriesOf = (folder: string): Promise<readonly string[]> => readdir(folder).catch((): readonly string[] => [])
