import type { Piece } from '../input.js'
import { bytesOf, sharePieces } from '../map/plan-pieces.js'

const MIB = 1024 * 1024

/**
 * Bytes of a task by groups. A record costs a tenth of what it costs by rows. With tasks of the same size, most of the time would go into what
 * each costs besides: its DuckDB, and groups that all the others have, too. The largest takes about half a second, and that much is done again
 * when a process dies.
 */
const BYTES_MIN = 32 * MIB
const BYTES_MAX = 256 * MIB

/** Before a thread has nothing to do its task may be as small as this: stored as gzip or Parquet it may hold ten times as much. */
const BYTES_EACH = 8 * MIB

/**
 * Pieces of each task of a run by groups: tasks of one size, as many for each thread; of what is not much, one. With two, those who are done first
 * would help the others; but each has nearly all groups once more (2,000,000 lines of CSV on two threads: 113,000 groups in two tasks, 226,000 in
 * four, and a sixth of the run's processor time).
 */
export function groupTasks(pieces: readonly Piece[], threads: number): readonly (readonly Piece[])[] {
  const bytes = bytesOf(pieces)
  const wanted = Math.ceil(bytes / BYTES_MAX / threads) * threads
  const atLeast = Math.min(threads, Math.floor(bytes / BYTES_EACH))
  const possible = Math.max(1, Math.min(wanted, Math.max(atLeast, Math.floor(bytes / BYTES_MIN))))
  const tasks = possible > threads ? possible - (possible % threads) : possible
  return sharePieces(pieces, tasks)
}
