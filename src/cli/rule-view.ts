import type { Standing } from '../rule/daemon/standing.js'
import { tellWhy } from '../rule/daemon/why.js'

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
}

/** A rule's standing for programs and people. */
export function ruleView(standing: Standing, nowMs: number): RuleView {
  const { rule, kept, gathered, lastRun, reasons, nextMs } = standing
  return {
    rule: rule.id,
    module: rule.module,
    runsByItself: rule.definition.options.run !== false,
    isPaused: kept.isPaused,
    have: gathered.have,
    need: gathered.need,
    files: gathered.files.length,
    lastRun: lastRun && { id: lastRun.id, state: lastRun.state, startedMs: lastRun.startedMs },
    lastStartedMs: kept.lastStartedMs,
    isReady: reasons.length === 0,
    nextMs,
    why: tellWhy(standing, nowMs),
  }
}
