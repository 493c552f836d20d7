import { join } from 'node:path'
import { RuleError } from '../../core/errors.js'
import { instead } from '../../core/members.js'
import { errorText } from '../../queue/thrown.js'
import type { RunCounters } from '../counters.js'
import type { Piece } from '../input.js'
import type { MapOutput, MapTask } from '../map-output.js'
import type { Keyset, Params, Parts, RuleDefinition } from '../rule.js'
import { BadRows } from './bad-rows.js'
import { functionName } from './function-fault.js'
import { PairMapper } from './pair-mapper.js'
import { type OpenParquet, readPiece } from './read-piece.js'
import { GroupMapper, type RowMapper } from './row-mapper.js'
import type { Place, RowSink } from './row-sink.js'
import { Spill } from './spill.js'
import { TextFile } from './text-file.js'

/** Who looks on while a task runs. */
export interface MapWatch {
  /** Called after each block of about 256 KiB, with what the task has read until then. */
  readonly onProgress: (rows: number, bytes: number) => void
  /** Called before each record, with those before it: a function that never ends is found by it. */
  readonly onRow?: (rows: number) => void
  /** Ends the task at the next block. */
  readonly signal: AbortSignal
  readonly openParquet: OpenParquet
}

/**
 * Reads the pieces of a task and adds up what they hold, in this thread: the loop turns between blocks only.
 *
 * @throws RuleError `input` when a piece is gone or damaged, `function` when one throws that belongs to no record, `fault` when a spill cannot
 * be written; the signal's reason when that is aborted. Spill files may be left then.
 */
export async function runMap(rule: RuleDefinition, task: MapTask, watch: MapWatch): Promise<MapOutput> {
  const params: Params = Object.freeze({ ...rule.params, ...task.params })
  const keysets = keysetsOf(rule, task.keyset)
  callInit(rule, params)
  const spill = new Spill(task.folder, task.name)
  const badRows = new BadRows(new TextFile(join(task.folder, `${task.name}-bad.jsonl`)))
  const options = { rule, params, groupsMax: task.groupsMax, spill }
  const { map } = rule.options
  const mapper = map === undefined ? new GroupMapper(keysets, options) : new PairMapper(map, options)
  const sink = new CountingSink(mapper, badRows, watch.onRow)
  try {
    for (const piece of task.pieces) await readWatched(piece, { rule, sink, watch })
    mapper.spill()
    const spills = spill.close()
    const path = { engine: 'rows', reason: '', rows: 0, groups: 0 } as const
    return { spills, path, counters: sink.counters, badRows: badRows.list, badFile: badRows.close() }
  } finally {
    spill.abandon()
    badRows.abandon()
  }
}

interface Reading {
  readonly rule: RuleDefinition
  readonly sink: CountingSink
  readonly watch: MapWatch
}

async function readWatched(piece: Piece, { rule, sink, watch }: Reading): Promise<void> {
  const before = sink.counters.bytesRead
  sink.file = piece.name
  await readPiece(piece, {
    reader: rule.input,
    sink,
    openParquet: watch.openParquet,
    onBlock: (storedBytes) => {
      sink.counters.bytesRead = before + storedBytes
      watch.onProgress(sink.counters.rowsRead, sink.counters.bytesRead)
      watch.signal.throwIfAborted()
    },
  })
}

/** Counts what a mapper makes of records, and sets aside those that are bad. */
class CountingSink implements RowSink {
  readonly counters: RunCounters
  /** What bad records are told to be from. */
  file = ''
  readonly #mapper: RowMapper
  readonly #badRows: BadRows
  readonly #onRow: (rows: number) => void

  constructor(mapper: RowMapper, badRows: BadRows, onRow: (rows: number) => void = () => {}) {
    this.#onRow = onRow
    this.#mapper = mapper
    this.#badRows = badRows
    this.counters = { rowsRead: 0, rowsBad: 0, rowsFiltered: 0, bytesRead: 0, keysets: { ...mapper.counters } }
  }

  take(parts: Parts): string | null {
    this.#onRow(this.counters.rowsRead)
    const made = this.#mapper.take(parts)
    if (typeof made === 'string') return made
    this.counters.rowsRead++
    if (made === 0) this.counters.rowsFiltered++
    return null
  }

  bad(place: Place, reason: string, text: string): void {
    this.counters.rowsRead++
    this.counters.rowsBad++
    this.#badRows.add(this.file, place, reason, text)
  }
}

function keysetsOf({ name, keysets, options }: RuleDefinition, only: string | null): readonly Keyset[] {
  if (only === null || options.map !== undefined) return keysets
  const found = keysets.filter((keyset) => keyset.name === only)
  if (found.length > 0) return found
  const known = keysets.map((keyset) => keyset.name)
  throw new RuleError('rule', `rule '${name}' has no keyset '${only}': ${instead(only, known)}`)
}

function callInit({ name, options }: RuleDefinition, params: Params): void {
  const { mapInit } = options
  if (!mapInit) return
  try {
    mapInit(params)
  } catch (cause) {
    throw new RuleError('function', `rule '${name}': ${functionName(mapInit, 'mapInit')} threw ${errorText(cause)}`, {
      cause,
    })
  }
}
