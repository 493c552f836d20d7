import type { Piece } from '../input.js'
import { type MapScope, openScope } from '../map/map-scope.js'
import { copyOf } from '../map/parts-chain.js'
import { bytesOf } from '../map/plan-pieces.js'
import { isParquet, type OpenParquet } from '../map/read-piece.js'
import { GroupMapper } from '../map/row-mapper.js'
import { Spill } from '../map/spill.js'
import { valueSlots } from '../map/value-slots.js'
import type { Keyset, Params, Parts, RuleDefinition } from '../rule.js'
import { askedOfWorld } from './asked-world.js'
import { groupEstimate } from './group-estimate.js'
import { shareMax } from './group-growth.js'
import type { EngineChoice, EngineVerdict, GroupPlan, GroupScan } from './group-plan.js'
import { failedText } from './group-taker.js'
import { numberText } from './number-text.js'
import type { ParquetScanner } from './parquet-groups.js'
import { canScan, scanOf, wholeScan } from './plan-growth.js'
import { type Sample, takeSample } from './sample.js'
import { groupCost, scanClusters } from './scan-clusters.js'
import { ScanMapper } from './scan-mapper.js'
import { SCANS_MAX } from './text-scanner.js'
import { noGroups, whyNever } from './why-never.js'

/** What an engine is chosen from. */
export interface VerdictLook {
  /** Only this one; null: all of the rule. */
  readonly keyset: string | null
  readonly params: Params
  readonly choice: EngineChoice
  /** All of the stage. */
  readonly pieces: readonly Piece[]
  readonly openParquet: OpenParquet
  readonly parquetScanner: ParquetScanner
  /** The groups are kept for other keysets: one scan has all fields, where that is worth while. False unless given. */
  readonly keepsGroups?: boolean
  /** Called before each record that functions may be called with, with those before it. */
  readonly onRow?: (rows: number) => void
}

/** Records below which it makes no difference how they are taken. */
const RECORDS_FEW = 1_000

/** Bytes that a task has. */
const TASK_BYTES = 64 * 2 ** 20

/** Of so many records functions are called with each; of the others, with one of ten. */
const RECORDS_ALL = 500
const RECORDS_EACH = 10

/** Of the share that groups may have of the records: they are estimated too low rather than too high. */
const ESTIMATE_SHARE = 3 / 4

/** Records that one more scan looks at in the time that a group takes: 50 ns and 4 µs. */
const ROWS_A_GROUP = 80

/** Keysets at most of which some may share a scan, and others not; and records of the sample that tell: each two of them are tried. */
const CLUSTERED_MAX = 8
const RECORDS_CLUSTERED = 3_000

/** Records that functions are called with twice. */
const RECORDS_TWICE = 50

/** Of slow functions fewer calls must do: one thread runs them here, while the others wait. */
const LOOK_MS = 500
const RECORDS_LEAST = 100

/**
 * Chooses how the map tasks of a stage take their records, from a sample of them: by groups where the fields that functions read have few
 * values together. A wrong choice costs little, since a task that finds itself wrong goes by rows.
 *
 * @throws RuleError `rule` when it must go by groups and cannot; `input` when a piece is gone or damaged; `function` when `mapInit` throws.
 */
export async function findVerdict(rule: RuleDefinition, look: VerdictLook): Promise<EngineVerdict> {
  const { choice, pieces } = look
  if (choice === 'rows') return byRows('asked for')
  const never = whyNever(rule)
  if (never !== null) return refused(rule, choice, never)
  const given = pieces.filter(({ kind }) => kind === 'input')
  const sample = await takeSample(rule, given.length > 0 ? given : pieces, look)
  const scope = openScope(rule, look)
  const found = lookAt(scope, sample.records, look.onRow)
  const plans = plansOf(scope.keysets, found.scans, choice)
  if (choice === 'groups') return { engine: 'groups', reason: 'asked for', plan: plans.shared }
  if (found.whim !== null) return byRows(found.whim)
  if (found.fault !== null) return byRows(failedText('a record of the sample', found.fault))
  const verdict = chosen(plans, { rule, sample, pieces, keepsGroups: look.keepsGroups === true })
  return isAllParquet(rule, look) && !(await isGrouped(verdict, look))
    ? byRows('its Parquet has columns of types that are not grouped, or functions ask for all columns')
    : verdict
}

/** DuckDB reads all of it. */
const isAllParquet = (rule: RuleDefinition, { pieces }: VerdictLook): boolean =>
  pieces.length > 0 && pieces.every((piece) => isParquet(piece, rule.input))

/** Whether the first file of Parquet can be scanned as a verdict says. */
async function isGrouped({ plan }: EngineVerdict, { pieces, parquetScanner }: VerdictLook): Promise<boolean> {
  for (const scan of plan?.scans ?? []) {
    if ((await parquetScanner.open(pieces[0]?.file ?? '', scan)) === null) return false
  }
  return true
}

const byRows = (reason: string): EngineVerdict => ({ engine: 'rows', reason, plan: null })

function refused({ name }: RuleDefinition, choice: EngineChoice, reason: string): EngineVerdict {
  if (choice !== 'groups') return byRows(reason)
  throw noGroups(name, reason)
}

interface Found {
  /** One for each keyset. */
  readonly scans: readonly GroupScan[]
  /** What was wrong with the first record that failed; null: none did. */
  readonly fault: string | null
  /** Why functions may give something else for the same record; null: they were not seen to. */
  readonly whim: string | null
}

/** Runs the functions on records that tell what is asked of them. */
function lookAt(scope: MapScope, records: readonly Parts[], onRow: (rows: number) => void = () => {}): Found {
  let found: Omit<Found, 'whim'> = { scans: [], fault: null }
  let isSteady = true
  const asked = askedOfWorld(() => {
    isSteady = areSteady(scope, records.slice(0, RECORDS_TWICE), onRow)
    found = scansOf(scope, records, onRow)
  })
  const [world] = asked
  const whim = isSteady ? null : 'functions give something else for the same record'
  return { ...found, whim: world === undefined ? whim : `functions ask for ${world}` }
}

/** Whether functions give the same for a record when it comes again. */
function areSteady(scope: MapScope, records: readonly Parts[], onRow: (rows: number) => void): boolean {
  const mapper = new GroupMapper(scope.keysets, { ...scope, groupsMax: 1, spill: new Spill('', '') })
  const own: GroupScan = { keysets: scope.keysets.map(({ name }) => name), fields: [], values: [] }
  const scan = new ScanMapper(own, { ...scope, mapper }, true)
  const startedMs = performance.now()
  return records.every((record, at) => {
    if (performance.now() - startedMs > LOOK_MS) return true
    onRow(at)
    const once = scan.outcome(copyOf(record))
    return scan.outcome(copyOf(record)) === once
  })
}

function scansOf(scope: MapScope, records: readonly Parts[], onRow: (rows: number) => void): Omit<Found, 'whim'> {
  // What it would hold is dropped, record by record.
  const mapper = new GroupMapper(scope.keysets, { ...scope, groupsMax: 1, spill: new Spill('', '') })
  let fault: string | null = null
  const startedMs = performance.now()
  const scans = scope.keysets.map((keyset): GroupScan => {
    const own: GroupScan = { keysets: [keyset.name], fields: [], values: [] }
    const scan = new ScanMapper(own, { ...scope, mapper }, true)
    for (let at = 0; at < records.length; at += at < RECORDS_ALL ? 1 : RECORDS_EACH) {
      onRow(at)
      const found = scan.look(copyOf(records[at] as Parts))
      fault ??= found
      if (at >= RECORDS_LEAST && performance.now() - startedMs > LOOK_MS) break
    }
    const { needs, isHeld } = scan
    if (needs.isAll) return scanOf(own.keysets, { fields: null, values: [] })
    return scanOf(
      own.keysets,
      isHeld ? { fields: [...needs.fields], values: [...needs.values] } : withAll(keyset, needs),
    )
  })
  return { scans, fault }
}

/** Where no record came as far as the keyset, all that it looks at is what records have. */
function withAll(keyset: Keyset, { fields }: ScanMapper['needs']) {
  const slots = valueSlots(keyset)
  return {
    fields: [...fields, ...keyset.keyParts, ...slots.filter(({ isListed }) => isListed).map(({ part }) => part)],
    values: slots.filter(({ isListed }) => !isListed).map(({ part, isNumber }) => [part, isNumber] as const),
  }
}

interface Plans {
  readonly shared: GroupPlan
  /** One scan for each keyset; null where that cannot be. */
  readonly each: GroupPlan | null
}

function plansOf(keysets: readonly Keyset[], scans: readonly GroupScan[], choice: EngineChoice): Plans {
  const isForced = choice === 'groups'
  const isAll = scans.some(({ fields }) => fields === null)
  const names = keysets.map(({ name }) => name)
  const all = scanOf(names, {
    fields: isAll ? null : scans.flatMap(({ fields }) => fields ?? []),
    values: scans.flatMap(({ values }) => values.map(({ part, isNumber }) => [part, isNumber] as const)),
  })
  const shared = canScan([all]) ? all : wholeScan(names)
  // Which records are filtered is known by the first scan: so their functions must be the same.
  const isAlike = keysets.length > 1 && keysets.every(({ partsPreprocess }) => partsPreprocess.length === 0)
  const canBeEach = isAlike && shared.fields !== null && scans.length <= Math.min(SCANS_MAX, CLUSTERED_MAX)
  return { shared: { scans: [shared], isForced }, each: canBeEach ? { scans, isForced } : null }
}

interface ChoiceGrounds {
  readonly rule: RuleDefinition
  readonly sample: Sample
  readonly pieces: readonly Piece[]
  readonly keepsGroups: boolean
}

/** Chooses by what the groups would be. */
function chosen({ shared, each }: Plans, { rule, sample, pieces, keepsGroups }: ChoiceGrounds): EngineVerdict {
  const { records, recordBytes } = sample
  const byGroups = (plan: GroupPlan, reason: string): EngineVerdict => ({ engine: 'groups', reason, plan })
  if (records.length === 0) return byGroups(shared, 'there are no records to look at')
  if (sample.isAll && records.length < RECORDS_FEW) {
    return byGroups(shared, `${counted(records.length, 'record')} ${records.length === 1 ? 'is' : 'are'} hardly any`)
  }
  const bytes = bytesOf(pieces)
  const perTask = Math.max(records.length, Math.min(bytes, TASK_BYTES) / recordBytes)
  const where = `${counted(rounded(perTask), 'record')}${bytes > TASK_BYTES ? ' of a task' : ''}`
  const groupsOf = (of: readonly Parts[], { fields }: GroupScan) => Math.min(groupEstimate(of, fields), perTask)
  const isWorth = (groups: number): boolean => groups <= perTask * shareMax(rule.input, recordBytes) * ESTIMATE_SHARE
  const all = shared.scans[0] as GroupScan
  const together = groupsOf(records, all)
  const scanCost = perTask / ROWS_A_GROUP
  // One more scan alone would cost more otherwise.
  if (each !== null && !(keepsGroups && isWorth(together)) && together * groupCost(all) > scanCost) {
    const some = records.filter((_, at) => at % Math.ceil(records.length / RECORDS_CLUSTERED) === 0)
    const scans = scanClusters(each.scans, { groupsOf: (scan) => groupsOf(some, scan), scan: scanCost })
    const apart = scans.map((scan) => groupsOf(records, scan))
    const cost = sumOf(scans.map((scan, at) => (apart[at] ?? 0) * groupCost(scan) + (at > 0 ? scanCost : 0)))
    if (cost < together * groupCost(all) && isWorth(cost / groupCost(all))) {
      const how = scans.length === each.scans.length ? 'each keyset by itself' : 'keysets by what they have in common'
      return byGroups(
        { ...each, scans },
        `about ${apart.map(rounded).map(numberText).join(' and ')} groups expected in ${where}, ${how}`,
      )
    }
  }
  if (isWorth(together)) return byGroups(shared, `about ${counted(rounded(together), 'group')} expected in ${where}`)
  return byRows(
    together * 1.1 >= perTask
      ? 'nearly every record would be a group of its own'
      : `about ${counted(rounded(together), 'group')} expected in only ${where}`,
  )
}

const sumOf = (numbers: readonly number[]): number => numbers.reduce((sum, number) => sum + number, 0)

const counted = (count: number, what: string): string => `${numberText(count)} ${what}${count === 1 ? '' : 's'}`

/** A number of two digits and zeros, since no more is known. */
const rounded = (count: number): number => Number(Math.round(count).toPrecision(2))
