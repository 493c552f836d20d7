import type { Broker } from '../../broker/broker.js'
import { formatCount } from '../../core/count.js'
import { ArgumentError, KitchenError } from '../../core/errors.js'
import type { EngineChoice } from '../groups/group-plan.js'
import { keptRule } from '../kept-rule.js'
import type { RuleAddress } from '../map-output.js'
import type { Params } from '../rule.js'
import { ruleVersion } from '../rule-version.js'
import {
  hasRunEnded,
  RULE_PREFIX,
  RUN_BLOBS_MAX,
  type RuleRecord,
  type RunBlob,
  type RunRecord,
} from '../run-record.js'
import { type KeptRun, keptRun, newRunId, runKey, runPut } from './run-book.js'
import { NOW_QUEUE, RUNS_QUEUE, type RunPayload } from './run-payload.js'
import { storeNowMs } from './store-now.js'

/** A run to be begun. */
export interface RunPlan {
  /** `MODULE.RULE`. */
  readonly rule: string
  readonly address: RuleAddress
  readonly blobs: readonly RunBlob[]
  /** Absolute paths. */
  readonly files?: readonly string[]
  readonly keyset?: string
  readonly params?: Params
  /** `auto` unless given. */
  readonly engine?: EngineChoice
  /**
   * The version of the rule's record (`keptRule`) before the blobs were chosen. Begins only when it stands there still: else another
   * process may have run and archived these very blobs between the choice and this call, and they would be counted twice.
   */
  readonly expected?: number
  /** Begins although the rule is paused: a person said so. */
  readonly evenPaused?: boolean
  /** Begins although a run of the rule waits to try again, which is given up: it counted nothing. One that waits to write its result is not. */
  readonly evenWaiting?: boolean
  /** Done by the process that starts it, which waits for it, and by others only when that one is gone. */
  readonly isAwaited?: boolean
  /** It archives and writes nothing: daemons start the rule as if it had not been. */
  readonly isLook?: boolean
  /** It goes on from what another kept. */
  readonly isResumed?: boolean
}

/** What came of it. Only `started` changed anything, and gave up the run `insteadOf`; `running` names the run of the rule that has begun and not ended. */
export type StartedRun =
  | { readonly kind: 'started'; readonly run: string; readonly insteadOf?: RunRecord }
  | { readonly kind: 'running'; readonly run: string }
  | { readonly kind: 'paused' }
  /** The record is not of the version that was expected: choose the blobs again. */
  | { readonly kind: 'changed' }

/** Two who start runs of one rule at once: the second sees the first's at the next try. */
const TRIES_MAX = 20

/**
 * Begins a run: its record, that of the rule, and the job, in one commit; whoever works the kitchen's runs does it.
 *
 * Atomic: of many who start runs of one rule at once, one succeeds. The blobs are the run's own until it has ended.
 *
 * @throws ArgumentError when it has more than 4,000 blobs. RuleError `rule` when the module cannot be read.
 * KitchenError when the store fails.
 */
export async function startRun(broker: Broker, plan: RunPlan): Promise<StartedRun> {
  checkPlan(plan)
  const version = await ruleVersion(plan.address)
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { rule, version: expected } = await keptRule(broker, plan.rule)
    const open = rule.run === null ? undefined : await openRun(broker, plan.rule, rule.run)
    if (open !== undefined && !(plan.evenWaiting === true && onlyWaits(open.record))) {
      return { kind: 'running', run: open.record.id }
    }
    if (rule.isPaused && plan.evenPaused !== true) return { kind: 'paused' }
    if (plan.expected !== undefined && plan.expected !== expected) return { kind: 'changed' }
    const record = newRecord(plan, version, await storeNowMs(broker))
    const lastStartedMs = plan.isLook === true ? rule.lastStartedMs : record.startedMs
    const begun: RuleRecord = { ...rule, run: record.id, lastStartedMs }
    const payload: RunPayload = { rule: record.rule, run: record.id }
    const insteadOf = open && givenUp(open, record.startedMs)
    const [result] = await broker.commit([
      {
        send: [{ queue: record.queue, payload: JSON.stringify(payload), key: record.id }],
        put: [
          { key: `${RULE_PREFIX}${plan.rule}`, value: JSON.stringify(begun), expected },
          { key: runKey(record), value: JSON.stringify(record), expected: 0 },
          ...(insteadOf === undefined ? [] : [runPut(insteadOf.record, insteadOf.version)]),
        ],
      },
    ])
    if (result?.kind === 'done') {
      return { kind: 'started', run: record.id, ...(insteadOf !== undefined && { insteadOf: insteadOf.record }) }
    }
  }
  throw new KitchenError('busy', `the record of rule ${plan.rule} is changed by others all the time`)
}

/** A rule whose run is no longer known is free: records of open runs are never removed. */
async function openRun(broker: Broker, rule: string, id: string): Promise<KeptRun | undefined> {
  const kept = await keptRun(broker, { rule, id })
  return kept === undefined || hasRunEnded(kept.record) ? undefined : kept
}

/** Nobody works at it, and nothing of it can be in a warehouse. */
const onlyWaits = ({ state, rowsOut }: RunRecord): boolean => state === 'waiting' && rowsOut === null

/** Its job ends by itself when it is due: the run that it names has ended. */
const givenUp = ({ record, version }: KeptRun, endedMs: number): KeptRun => ({
  record: { ...record, state: 'failed', endedMs, retryMs: null },
  version,
})

function checkPlan({ rule, blobs }: RunPlan): void {
  if (blobs.length > RUN_BLOBS_MAX) {
    throw new ArgumentError(
      `a run of ${rule} cannot take ${formatCount(blobs.length)} blobs: ${formatCount(RUN_BLOBS_MAX)} at most`,
    )
  }
}

function newRecord(plan: RunPlan, version: string, startedMs: number): RunRecord {
  const {
    rule,
    address,
    blobs,
    files = [],
    keyset,
    params = {},
    isAwaited = false,
    isLook = false,
    isResumed = false,
    engine = 'auto',
  } = plan
  return {
    id: newRunId(rule, startedMs),
    rule,
    module: address.module,
    version,
    state: 'working',
    startedMs,
    endedMs: null,
    retryMs: null,
    queue: isAwaited ? NOW_QUEUE : RUNS_QUEUE,
    lease: null,
    attempt: 1,
    blobs: blobs.map(({ tag, name, source }) => ({ tag, name, ...(source !== undefined && { source }) })),
    ...(isLook && { isLook }),
    ...(isResumed && { isResumed }),
    ...(engine !== 'auto' && { engine }),
    files,
    keyset: keyset ?? null,
    params,
    error: null,
    counters: null,
    rowsOut: null,
  }
}
