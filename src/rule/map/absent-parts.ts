import { closest } from '../../core/closest.js'
import type { KeysetCounters } from '../counters.js'
import type { Piece } from '../input.js'
import type { Parts } from '../rule.js'
import type { Running } from './function-fault.js'
import type { MapScope } from './map-scope.js'
import { copyOf } from './parts-chain.js'
import { type OpenParquet, readPiece } from './read-piece.js'
import { recordChain } from './record-chain.js'

/** Records that are looked at for names at most: functions may filter out the first ones. */
const RECORDS_MAX = 100

/** Ends a reading that has seen enough. */
class Enough extends Error {}

/**
 * Finds out what may have been meant by parts that no record had: a name that a record has, by a look at the first ones. Nothing is read
 * where all parts were there.
 */
export async function findMeant(
  counters: Readonly<Record<string, KeysetCounters>>,
  scope: MapScope,
  { pieces, openParquet }: { readonly pieces: readonly Piece[]; readonly openParquet: OpenParquet },
): Promise<void> {
  const [piece] = pieces
  if (piece === undefined || Object.values(counters).every(({ absent }) => absent.length === 0)) return
  const names = await namesOf(scope, piece, openParquet)
  for (const [keyset, each] of Object.entries(counters)) {
    // One that was read, and taken out by a function, is there by its own name.
    const meant = (part: string): string | null => {
      const others = (names.get(keyset) ?? []).filter((name) => name !== part)
      return closest(part, others) ?? null
    }
    each.absent = each.absent.map((absent) => ({ ...absent, meant: meant(absent.part) }))
  }
}

/** The names of fields that come to each keyset; those that were read, where no record came so far. */
async function namesOf(
  scope: MapScope,
  piece: Piece,
  openParquet: OpenParquet,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const records: Parts[] = []
  const sink = {
    take: (parts: Parts) => {
      if (records.length < RECORDS_MAX) records.push(parts)
      return null
    },
    bad: () => {},
  }
  const onBlock = () => {
    throw new Enough()
  }
  const reading = {
    reader: scope.rule.input,
    sink,
    onBlock,
    openParquet: (file: string) => openParquet(file, RECORDS_MAX),
  }
  // All of it was read a moment ago; and a hint that is missing does no harm.
  await readPiece({ ...piece, hash: null }, reading).catch(() => {})
  const read = records[0] === undefined ? [] : Object.keys(records[0])
  const names = new Map(scope.keysets.map(({ name }): [string, readonly string[]] => [name, read]))
  const running: Running = { name: '' }
  const missing = new Set(names.keys())
  const ends = scope.keysets.map((keyset) => ({
    keyset,
    hold: (parts: Parts) => {
      if (missing.delete(keyset.name)) names.set(keyset.name, Object.keys(parts))
    },
  }))
  const emit = recordChain(ends, { ...scope, running, copy: copyOf })
  for (const record of records) {
    if (missing.size === 0) break
    try {
      emit(record)
    } catch {
      // A bad record, which was set aside and told of.
    }
  }
  return names
}
