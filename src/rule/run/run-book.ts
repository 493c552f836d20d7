import { randomBytes } from 'node:crypto'
import type { Broker } from '../../broker/broker.js'
import type { Settle, StepResult } from '../../broker/job-store.js'
import type { RecordPut } from '../../broker/records.js'
import { KitchenError } from '../../core/errors.js'
import { parseJson } from '../../core/json.js'
import { keptRule } from '../kept-rule.js'
import { RULE_PREFIX, RUN_PREFIX, type RuleRecord, type RunRecord } from '../run-record.js'

/** Others change the record of a rule a few times a second at most. */
const TRIES_MAX = 20

/** The key of a run's record. */
export const runKey = ({ rule, id }: Pick<RunRecord, 'rule' | 'id'>): string => `${RUN_PREFIX}${rule}/${id}`

/** The name of a new run. Those of one rule sort by when they began. */
export const newRunId = (rule: string, startedMs: number): string =>
  `${rule}@${startedMs.toString(36)}${randomBytes(3).toString('hex')}`

/** A run's record, and the version to expect when it is changed. */
export interface KeptRun {
  readonly record: RunRecord
  readonly version: number
}

/** Reads a run's record; undefined when there is none, or no longer. */
export async function keptRun(
  broker: Pick<Broker, 'record'>,
  run: Pick<RunRecord, 'rule' | 'id'>,
): Promise<KeptRun | undefined> {
  const kept = await broker.record(runKey(run))
  return kept === undefined
    ? undefined
    : { record: parseJson(kept.value) as unknown as RunRecord, version: kept.version }
}

/** What changes a run's record. */
export const runPut = (record: RunRecord, expected: number): RecordPut => ({
  key: runKey(record),
  value: JSON.stringify(record),
  expected,
})

/**
 * The record of a run, in the hands of one who works at it. Whoever takes the run over writes the epoch of his lease into it; from then on
 * the one before can change nothing more.
 */
export class HeldRun {
  readonly #broker: Broker
  readonly lease: string
  #kept: KeptRun

  private constructor(broker: Broker, kept: KeptRun, lease: string) {
    this.#broker = broker
    this.#kept = kept
    this.lease = lease
  }

  get record(): RunRecord {
    return this.#kept.record
  }

  /** Takes the record over: from here on nobody else can change it. False: somebody was quicker. */
  static async claim(broker: Broker, kept: KeptRun, lease: string): Promise<HeldRun | undefined> {
    const held = new HeldRun(broker, kept, lease)
    return (await held.change({})) ? held : undefined
  }

  /** Whether nobody has taken the record over, as those do who find the lease of a process ended that was stopped for a while. */
  async isOurs(): Promise<boolean> {
    return (await keptRun(this.#broker, this.record))?.record.lease === this.lease
  }

  /** Changes the record. False: another has the run by now. @throws KitchenError when the store fails. */
  async change(changes: Partial<RunRecord>): Promise<boolean> {
    return (await this.#commit({ ...this.record, ...changes, lease: this.lease }, {})) === 'done'
  }

  /** Changes the record together with the end of the attempt at its job. False: another has the run by now. */
  async settle(changes: Partial<RunRecord>, settle: Settle): Promise<boolean> {
    return (await this.#commit({ ...this.record, ...changes, lease: this.lease }, { settle })) === 'done'
  }

  /**
   * Ends the run: its record, that of its rule, its job, and all that shall become true with it, in one commit.
   *
   * False: another has the run by now.
   *
   * @param puts At most 9,998.
   */
  async end(changes: Partial<RunRecord>, settle: Settle, puts: readonly RecordPut[]): Promise<boolean> {
    const record = { ...this.record, ...changes, lease: this.lease }
    for (let tries = 0; tries < TRIES_MAX; tries++) {
      const { rule, version } = await keptRule(this.#broker, record.rule)
      const last = record.isLook === true ? {} : { lastEndedMs: record.endedMs, lastRun: record.id }
      const ended: RuleRecord = { ...rule, run: null, ...last }
      const rulePut: RecordPut = {
        key: `${RULE_PREFIX}${record.rule}`,
        value: JSON.stringify(ended),
        expected: version,
      }
      const result = await this.#commit(record, { settle, put: rule.run === record.id ? [rulePut, ...puts] : puts })
      // A conflict may be that of the rule's record alone, which somebody paused.
      if (result !== 'conflict') return result === 'done'
    }
    throw new KitchenError('busy', `the record of rule ${record.rule} is changed by others all the time`)
  }

  async #commit(
    record: RunRecord,
    step: { readonly settle?: Settle; readonly put?: readonly RecordPut[] },
  ): Promise<'done' | 'lost' | 'conflict'> {
    const put = [runPut(record, this.#kept.version), ...(step.put ?? [])]
    const [result] = await this.#broker.commit([{ ...step, put }])
    const now = await keptRun(this.#broker, record)
    if (now === undefined || now.record.lease !== this.lease) return 'lost'
    this.#kept = now
    // Nobody else writes under our lease: what stands there as we want it, we wrote, in a try whose answer was lost.
    if (isApplied(result) || JSON.stringify(now.record) === JSON.stringify(record)) return 'done'
    return result?.kind === 'lost' ? 'lost' : 'conflict'
  }
}

const isApplied = (result: StepResult | undefined): boolean => result?.kind === 'done' || result?.kind === 'duplicate'
