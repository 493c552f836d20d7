import type { Control } from '../broker/control.js'
import type { Records } from '../broker/records.js'
import type { BlobStore, StoredBlob } from './blob-store.js'
import { removeRunFolders } from './run-folders.js'
import { eachRun, hasRunEnded } from './run-holds.js'
import { pagesUnder } from './tag-records.js'

/** How to collect. */
export interface CollectOptions {
  /** Removes; false unless given: only tells what would go. */
  readonly remove?: boolean
  /** What was stored, touched or ended later than so many milliseconds ago stays; a day unless given. */
  readonly graceMs?: number
}

/** What a collection removed, or would. */
export interface Collected {
  readonly isRemoved: boolean
  /** Blobs that no tag and no run reached. */
  readonly blobs: readonly StoredBlob[]
  readonly storedBytes: number
  /** Blobs that a tag or a run reaches, and those that are too young. */
  readonly keptCount: number
  /** Pieces of calls that died. */
  readonly leftoverCount: number
  /** Folders of runs that ended. */
  readonly runFolders: readonly string[]
}

const DAY_MS = 86_400_000

/** Blobs that are removed after one look at the tags. */
const BATCH = 1_000

/**
 * Finds what nothing reaches, and removes it when told to: blobs that are under no tag and of no run that goes on, what calls that died
 * left in the store, and the files of runs that are over.
 *
 * A blob that is tagged meanwhile survives. Tags and runs are looked at twice, before and after blobs are chosen: what moves from one to
 * another is seen in one of the looks. Whoever tags a blob touches it first, and a removal leaves what was touched since it was chosen.
 */
export async function collect(
  records: Pick<Records, 'records'> & Pick<Control, 'describe'>,
  store: BlobStore,
  { remove = false, graceMs = DAY_MS }: CollectOptions,
): Promise<Collected> {
  // Files tell their age by the clock of the store of blobs, runs by that of the kitchen's.
  const beforeMs = (await store.nowMs()) - graceMs
  const endedBeforeMs = (await records.describe()).nowMs - graceMs
  const leftoverCount = await store.tidy({ beforeMs, dryRun: !remove })
  const reached = await reachedNames(records)
  const chosen: StoredBlob[] = []
  let keptCount = 0
  for await (const blob of store.list()) {
    if (blob.storedMs < beforeMs && !reached.has(blob.name)) chosen.push(blob)
    else keptCount++
  }
  const gone: StoredBlob[] = []
  for (let at = 0; at < chosen.length; at += BATCH) {
    const reachedNow = await reachedNames(records)
    for (const blob of chosen.slice(at, at + BATCH)) {
      const isGone = !reachedNow.has(blob.name) && (!remove || (await store.remove(blob.name, beforeMs)))
      if (isGone) gone.push(blob)
      else keptCount++
    }
  }
  const runFolders = await removeRunFolders(records, store.runsFolder, { beforeMs, endedBeforeMs, remove })
  const storedBytes = gone.reduce((sum, blob) => sum + blob.storedBytes, 0)
  return { isRemoved: remove, blobs: gone, storedBytes, keptCount, leftoverCount, runFolders }
}

/** Names of blobs that a tag or a run that goes on reaches. */
async function reachedNames(records: Pick<Records, 'records'>): Promise<ReadonlySet<string>> {
  const names = new Set<string>()
  for await (const run of eachRun(records)) {
    if (!hasRunEnded(run)) for (const { name } of run.blobs) names.add(name)
  }
  for await (const page of pagesUnder(records, '')) for (const { name } of page) names.add(name)
  return names
}
