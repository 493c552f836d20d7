import { RuleError } from '../../core/errors.js'
import type { GroupPlan, MapPath } from '../groups/group-plan.js'
import { GroupRun } from '../groups/group-run.js'
import type { GroupsAgain } from '../groups/group-taker.js'
import type { ParquetScanner } from '../groups/parquet-groups.js'
import { ParquetRun } from '../groups/parquet-run.js'
import { TextScanner } from '../groups/text-scanner.js'
import type { Piece } from '../input.js'
import type { MapOutput, MapTask } from '../map-output.js'
import { delimiterOf } from '../readers.js'
import type { RuleDefinition } from '../rule.js'
import { findMeant } from './absent-parts.js'
import { CountingSink } from './counting-sink.js'
import { type MapScope, openScope } from './map-scope.js'
import { OpenAhead } from './open-ahead.js'
import { PairMapper } from './pair-mapper.js'
import { bytesOf } from './plan-pieces.js'
import { isParquet, type OpenParquet, readPiece } from './read-piece.js'
import { GroupMapper } from './row-mapper.js'
import { TaskFiles } from './task-files.js'

/** Who looks on while a task runs. */
export interface MapWatch {
  /** Called after each block of about 256 KiB, with what the task has read until then; less, when it has begun again. */
  readonly onProgress: (rows: number, bytes: number) => void
  /** Called before each record, with those before it: a function that never ends is found by it. */
  readonly onRow?: (rows: number) => void
  /** Called before functions run for a group of records, with its number from 1; 0 when they run for single ones again. */
  readonly onGroup?: (group: number) => void
  /** Ends the task at the next block. */
  readonly signal: AbortSignal
  readonly openParquet: OpenParquet
  /** Groups records of Parquet; without it they are taken one by one. */
  readonly parquetScanner?: ParquetScanner
}

/** Plans of a task at most that grew by what functions asked for. */
const GROWTHS_MAX = 5

/** Memory of the scanner for each group that a task may hold, and the share of groups that is left to the tables then. */
const SCANNED_GROUP_BYTES = 100
const TABLES_SHARE = 2 / 3

/** Memory of the scanner at least, and at most. */
const SCANNER_BYTES = [2 ** 20, 2 ** 29] as const

/**
 * Reads the pieces of a task and adds up what they hold, in this thread: the loop turns between blocks only. By groups where the task has a plan
 * for them; when that turns out to be wrong, all is done over, at last by rows, and `path` tells why.
 *
 * @throws RuleError `input` when a piece is gone or damaged, `function` when one throws that belongs to no record, `fault` when a spill cannot
 * be written; the signal's reason when that is aborted. Spill files may be left then.
 */
export async function runMap(rule: RuleDefinition, task: MapTask, watch: MapWatch): Promise<MapOutput> {
  const scope = openScope(rule, task)
  let { groups: plan } = task
  let reason = ''
  for (let growths = 0; plan !== null; growths++) {
    const made: MapOutput | GroupsAgain = await mapByGroups({ scope, task, watch }, plan)
    if ('spills' in made) return withMeant(made, { scope, task, watch })
    plan = growths < GROWTHS_MAX ? made.plan : null
    reason = made.reason
  }
  return withMeant(await mapByRows({ scope, task, watch }, reason), { scope, task, watch })
}

async function withMeant(
  made: MapOutput,
  { scope, task: { pieces }, watch: { openParquet } }: MapWork,
): Promise<MapOutput> {
  await findMeant(made.counters.keysets, scope, { pieces, openParquet })
  return made
}

interface MapWork {
  readonly scope: MapScope
  readonly task: MapTask
  readonly watch: MapWatch
}

async function mapByRows({ scope, task, watch }: MapWork, reason: string): Promise<MapOutput> {
  // The group that was run last, of this task or another, is not what runs now.
  watch.onGroup?.(0)
  const { rule, keysets } = scope
  using made = new TaskFiles(task)
  const options = { ...scope, groupsMax: task.groupsMax, spill: made.spill }
  const { map } = rule.options
  const mapper = map === undefined ? new GroupMapper(keysets, options) : new PairMapper(map, options)
  const sink = new CountingSink(mapper, made.badRows, watch.onRow)
  await using ahead = new OpenAhead(task.pieces, rule.input)
  for (const piece of task.pieces) await readRows(piece, { rule, sink, watch, ahead })
  return made.output(mapper, sink, { engine: 'rows', reason, rows: 0, groups: 0 })
}

async function mapByGroups({ scope, task, watch }: MapWork, plan: GroupPlan): Promise<MapOutput | GroupsAgain> {
  watch.onGroup?.(0)
  const { rule, keysets } = scope
  using made = new TaskFiles(task, task.keepsGroups ? plan.scans : null)
  const { keeper } = made
  const groupsMax = Math.ceil(task.groupsMax * TABLES_SHARE)
  const mapper = new GroupMapper(keysets, { ...scope, groupsMax, spill: made.spill })
  const sink = new CountingSink(mapper, made.badRows, watch.onRow)
  await using ahead = new OpenAhead(task.pieces, rule.input)
  const reading = { rule, sink, watch, ahead }
  const taking = { scope, plan, mapper, sink, keeper }
  const groupWatch = { onProgress: () => tell(reading, sink.counters.bytesRead), onGroup: watch.onGroup ?? (() => {}) }
  const open = (piece: Piece) => ahead.open(piece)
  let run: GroupRun | null = null
  const onAlive = () => watch.onProgress(sink.counters.rowsRead, sink.counters.bytesRead)
  const scanner = watch.parquetScanner
  const parquet = scanner && new ParquetRun({ ...taking, scanner, watch: { ...groupWatch, onAlive } })
  for (const piece of task.pieces) {
    const before = sink.counters.bytesRead
    sink.file = piece.name
    if (!isParquet(piece, rule.input)) {
      if (run === null) {
        const scanner = openScanner(rule, plan, task.groupsMax)
        if ('reason' in scanner) return made.discard(scanner)
        run = new GroupRun({ ...taking, ...{ bytesTotal: bytesOf(task.pieces), open }, scanner, watch: groupWatch })
      }
      await run.read(piece, (bytes) => tell(reading, before + bytes))
    } else if (await parquet?.read(piece)) tell(reading, before + piece.to - piece.from)
    else {
      keeper?.giveUp()
      await readRows(piece, reading)
    }
    const again = run?.again ?? parquet?.again
    if (again) return made.discard(again)
  }
  await run?.finish()
  if (run?.again) return made.discard(run.again)
  const rows = (run?.rows ?? 0) + (parquet?.rows ?? 0)
  const isMost = rows * 2 >= sink.counters.rowsRead
  const path: MapPath = {
    engine: isMost ? 'groups' : 'rows',
    reason: isMost ? '' : 'most records had to be read one by one',
    rows,
    groups: (run?.groups ?? 0) + (parquet?.groups ?? 0),
  }
  return made.output(mapper, sink, path)
}

/**
 * What scans text, and what to do where it cannot be made: all by rows.
 *
 * @throws RuleError `fault` when it cannot be made, and groups were asked for.
 */
function openScanner(rule: RuleDefinition, plan: GroupPlan, groupsMax: number): TextScanner | GroupsAgain {
  try {
    return new TextScanner(scannerOptions(rule, plan, groupsMax))
  } catch (error) {
    if (plan.isForced || !(error instanceof RuleError)) throw error
    return { plan: null, reason: error.message }
  }
}

function scannerOptions(rule: RuleDefinition, { scans }: GroupPlan, groupsMax: number) {
  const { input } = rule
  const isCsv = input.kind === 'csv' || input.kind === 'dynamic'
  const [least, most] = SCANNER_BYTES
  return {
    format: input.kind === 'jsonLines' ? 'json' : isCsv ? input.kind : 'lines',
    delimiter: isCsv ? delimiterOf(input) : ',',
    scans,
    bytesMax: Math.min(most, Math.max(least, groupsMax * SCANNED_GROUP_BYTES)),
  } as const
}

interface Reading {
  readonly rule: RuleDefinition
  readonly sink: CountingSink
  readonly watch: MapWatch
  readonly ahead: OpenAhead
}

async function readRows(piece: Piece, reading: Reading): Promise<void> {
  const { rule, sink, watch, ahead } = reading
  const before = sink.counters.bytesRead
  sink.file = piece.name
  await readPiece(piece, {
    reader: rule.input,
    sink,
    openParquet: watch.openParquet,
    open: (each) => ahead.open(each),
    onBlock: (storedBytes) => tell(reading, before + storedBytes),
  })
}

function tell({ sink, watch }: Pick<Reading, 'sink' | 'watch'>, bytesRead: number): void {
  sink.counters.bytesRead = bytesRead
  watch.onProgress(sink.counters.rowsRead, bytesRead)
  watch.signal.throwIfAborted()
}
