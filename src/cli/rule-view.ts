import type { Broker } from '../broker/broker.js'
import type { LoadedRule } from '../rule/daemon/rules-folder.js'
import { type Reason, type Standing, standingOf } from '../rule/daemon/standing.js'
import { tellWhy } from '../rule/daemon/why.js'
import { handsOf, type RunHands } from '../rule/run/run-hands.js'
import type { RunRecord } from '../rule/run-record.js'

/** What `hob rule ls` and `hob rule why` tell of a rule, as JSON. */
export interface RuleView {
  readonly rule: string
  readonly module: string
  /** False: `run: false`. */
  readonly runsByItself: boolean
  readonly isPaused: boolean
  /** Blobs that wait for it, and how many there must be. */
  readonly have: number
  readonly need: number
  readonly files: number
  /** The run under way, or else the one that ended last. */
  readonly lastRun: { readonly id: string; readonly state: string; readonly startedMs: number } | null
  readonly lastStartedMs: number | null
  /** It would start now. */
  readonly isReady: boolean
  /** When something changes by time alone. */
  readonly nextMs: number | null
  readonly why: string
  readonly reasons: readonly Reason[]
}

/** A rule's standing for programs and people. */
export async function ruleView(
  broker: Pick<Broker, 'record' | 'records' | 'leases'>,
  rule: LoadedRule,
  nowMs: number,
): Promise<RuleView> {
  const standing = await standingOf(broker, rule, { nowMs, sinceMs: nowMs })
  const { kept, gathered, lastRun, nextMs } = standing
  const hands = lastRun === null ? undefined : (await handsOf(broker, [lastRun])).get(lastRun.id)
  const reasons = standing.reasons.map((reason) => withHands(reason, lastRun, hands))
  return {
    rule: rule.id,
    module: rule.module,
    runsByItself: rule.definition.options.run !== false,
    isPaused: kept.isPaused,
    have: gathered.have,
    need: gathered.need,
    files: gathered.files.length + gathered.fedFiles.length,
    lastRun: lastRun && { id: lastRun.id, state: stateWord(lastRun.state, hands), startedMs: lastRun.startedMs },
    lastStartedMs: kept.lastStartedMs,
    isReady: reasons.length === 0,
    nextMs,
    why: tellWhy({ reasons, gathered }, nowMs),
    reasons,
  }
}

/** A daemon need not know whether a run that was begun is worked at; people do. */
function withHands(reason: Reason, run: Standing['lastRun'], hands: RunHands | undefined): Reason {
  if (reason.kind !== 'running' || run === null || hands === undefined || hands === 'held') return reason
  return { ...reason, kind: hands === 'left' ? 'interrupted' : 'queued', queue: run.queue }
}

/** A run's state in one word: that of its record, unless no process works at it. */
export const stateWord = (state: RunRecord['state'], hands: RunHands | undefined): string =>
  hands === 'left' ? 'interrupted' : hands === 'queued' ? 'queued' : state
