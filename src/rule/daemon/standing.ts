import type { Broker } from '../../broker/broker.js'
import { keptRule } from '../kept-rule.js'
import type { RuleDefinition } from '../rule.js'
import { keptRun } from '../run/run-book.js'
import { NOW_QUEUE } from '../run/run-payload.js'
import type { RuleRecord, RunBlob, RunRecord } from '../run-record.js'
import { type DueMoment, dueOf } from './due.js'
import { type Gathered, gather } from './gather.js'
import type { LoadedRule } from './rules-folder.js'

/** Why a rule does not start now. */
export type Reason =
  /** `run: false`. */
  | { readonly kind: 'off' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'running'; readonly run: string; readonly sinceMs: number }
  /** A run was begun, but no process works at it: `queued`: not yet, `interrupted`: no longer. For people: `standingOf` calls both `running`. */
  | { readonly kind: 'queued' | 'interrupted'; readonly run: string; readonly sinceMs: number; readonly queue: string }
  /** A run failed and is tried again; `isSaving`: only the writing of its result. */
  | {
      readonly kind: 'waiting'
      readonly run: string
      readonly atMs: number
      readonly error: string
      readonly isSaving: boolean
    }
  /** null: it never comes. */
  | { readonly kind: 'early'; readonly atMs: number | null }
  /** The last run was given up. */
  | { readonly kind: 'failed'; readonly run: string; readonly atMs: number | null; readonly error: string }
  | { readonly kind: 'few'; readonly have: number; readonly need: number }
  | { readonly kind: 'nothing' }
  /** What it would read cannot be known. */
  | { readonly kind: 'broken'; readonly message: string }
  /** The last run read just that. */
  | { readonly kind: 'same'; readonly run: string }

/** Where a rule stands. */
export interface Standing {
  readonly rule: LoadedRule
  readonly kept: RuleRecord
  /** The version of that record, read before anything else: a run that begins on this ground expects it. */
  readonly version: number
  readonly gathered: Gathered
  /** Empty: it starts now. */
  readonly reasons: readonly Reason[]
  /** The run that has begun and not ended, or else the one that ended last; null: none, or it was forgotten. */
  readonly lastRun: RunRecord | null
  /** When something changes by time alone; null: nothing does. */
  readonly nextMs: number | null
}

/** An hour, as the contract of `retryDelayMs` says. */
const RETRY_DELAY_MS = 3_600_000

/** Finds out whether a rule starts now, or why not. @throws KitchenError when the store fails. */
export async function standingOf(
  broker: Pick<Broker, 'record' | 'records'>,
  rule: LoadedRule,
  moment: DueMoment,
): Promise<Standing> {
  const { options } = rule.definition
  const { rule: kept, version } = await keptRule(broker, rule.id)
  const [gathered, due, lastRun] = await Promise.all([
    gather(broker, rule, moment.nowMs),
    dueOf(options, kept, moment),
    recordOf(broker, rule.id, kept.run ?? kept.lastRun),
  ])
  const reasons: Reason[] = []
  if (options.run === false) reasons.push({ kind: 'off' })
  if (kept.isPaused) reasons.push({ kind: 'paused' })
  const open = openRun(kept, lastRun)
  if (open !== null) reasons.push(underWay(open))
  else {
    const failed = givenUp(lastRun, gathered, options)
    if (failed !== null && (failed.atMs === null || failed.atMs > moment.nowMs)) reasons.push(failed)
    else if (!due.isDue) reasons.push({ kind: 'early', atMs: due.atMs })
  }
  if (gathered.fault !== null) reasons.push({ kind: 'broken', message: gathered.fault })
  else if (gathered.have < gathered.need) reasons.push({ kind: 'few', have: gathered.have, need: gathered.need })
  else if (gathered.blobs.length + gathered.files.length + gathered.fedFiles.length === 0)
    reasons.push({ kind: 'nothing' })
  else if (open === null && lastRun?.state === 'done' && isSame(lastRun, gathered)) {
    reasons.push({ kind: 'same', run: lastRun.id })
  }
  return { rule, kept, version, gathered, reasons, lastRun, nextMs: nextOf(reasons, rule, moment.nowMs) }
}

async function recordOf(broker: Pick<Broker, 'record'>, rule: string, id: string | null | undefined) {
  const kept = id === undefined || id === null ? undefined : await keptRun(broker, { rule, id })
  return kept?.record ?? null
}

/** The run under way. A rule whose run has ended, or is no longer known, is free: no record that somebody left blocks it. */
function openRun({ run }: RuleRecord, record: RunRecord | null): RunRecord | null {
  return run === null || record?.state === 'done' || record?.state === 'failed' ? null : record
}

function underWay({ id, state, startedMs, retryMs, error, rowsOut }: RunRecord): Reason {
  if (retryMs === null || (state !== 'waiting' && state !== 'saving')) {
    return { kind: 'running', run: id, sinceMs: startedMs }
  }
  return {
    kind: 'waiting',
    run: id,
    atMs: retryMs,
    error: error ?? '',
    isSaving: state === 'saving' || rowsOut !== null,
  }
}

/** What was given up is not begun again at once: after as long as between two attempts, or, without `retry`, when there is something else to read. */
function givenUp(
  run: RunRecord | null,
  gathered: Gathered,
  { retry = true, retryDelayMs = RETRY_DELAY_MS }: LoadedRule['definition']['options'],
): (Reason & { kind: 'failed' }) | null {
  // Of a person's own run he was told; and a rule that did not load does now.
  if (run?.state !== 'failed' || run.queue === NOW_QUEUE || run.version === '') return null
  const failed = { kind: 'failed', run: run.id, error: run.error ?? '' } as const
  if (retry) return { ...failed, atMs: (run.endedMs ?? run.startedMs) + retryDelayMs }
  return isSame(run, gathered) ? { ...failed, atMs: null } : null
}

/** Whether a run read what the next one would. */
function isSame(run: RunRecord, { blobs, files, filesChangedMs }: Gathered): boolean {
  if (blobs.length !== run.blobs.length || files.join('\n') !== run.files.join('\n')) return false
  const read = new Set(run.blobs.map(keyOf))
  return blobs.every((blob) => read.has(keyOf(blob))) && filesChangedMs < run.startedMs
}

/** A blob that moved to another tag is the same blob. */
const keyOf = ({ name, source = '' }: RunBlob): string => `${source} ${name}`

/** Why a rule rests that new files would wake. */
const FOR_FILES: readonly Reason['kind'][] = ['same', 'broken', 'nothing']

/** Files wake nobody: those of a rule are looked at this often. */
const FILES_LOOK_MS = 60_000

function nextOf(reasons: readonly Reason[], { definition }: LoadedRule, nowMs: number): number | null {
  const { options } = definition
  const times = reasons.map((reason) => ('atMs' in reason && reason.kind !== 'waiting' ? reason.atMs : null))
  // Its tags are other ones tomorrow.
  if ((options.dayRange ?? 0) > 0 && options.dayStart === undefined) times.push(midnightAfter(nowMs))
  if (readsFiles(definition) && reasons.some(({ kind }) => FOR_FILES.includes(kind))) {
    times.push(nowMs + FILES_LOOK_MS)
  }
  const coming = times.filter((atMs) => atMs !== null && atMs > nowMs) as readonly number[]
  return coming.length === 0 ? null : Math.min(...coming)
}

/** Whether it, or a rule that feeds it, has `sourceUrls`. */
const readsFiles = ({ options, sourceRules }: RuleDefinition): boolean =>
  options.sourceUrls !== undefined || sourceRules.some(readsFiles)

function midnightAfter(nowMs: number): number {
  const at = new Date(nowMs)
  return new Date(at.getFullYear(), at.getMonth(), at.getDate() + 1).getTime()
}
