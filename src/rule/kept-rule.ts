import type { Broker } from '../broker/broker.js'
import type { KeptRecord } from '../broker/records.js'
import { KitchenError } from '../core/errors.js'
import { parseJson } from '../core/json.js'
import { RULE_PREFIX, type RuleRecord } from './run-record.js'

/** Of a rule that nobody has run or paused. */
const FRESH_RULE: RuleRecord = { run: null, lastStartedMs: null, lastEndedMs: null, isPaused: false }

/** What is kept of a rule, and the version to expect when it is changed; 0 where there is nothing yet. */
export interface KeptRule {
  readonly rule: RuleRecord
  readonly version: number
}

/** Others change a rule's record at most a few times a second. */
const TRIES_MAX = 20

/** Reads what is kept of a rule. */
export async function keptRule(broker: Pick<Broker, 'record'>, name: string): Promise<KeptRule> {
  const record = await broker.record(`${RULE_PREFIX}${name}`)
  return record === undefined ? { rule: FRESH_RULE, version: 0 } : { rule: readRule(record), version: record.version }
}

/** What a record of a rule says. */
export const readRule = ({ value }: KeptRecord): RuleRecord => ({
  ...FRESH_RULE,
  ...(parseJson(value) as Partial<RuleRecord> | null),
})

/**
 * Pauses a rule, or lets it go on: whichever daemons run it go by this. A run that has begun goes on.
 *
 * @returns Whether it was paused before.
 * @throws KitchenError when the store fails; `busy` when others change the record all the time.
 */
export async function setPaused(
  broker: Pick<Broker, 'record' | 'commit'>,
  name: string,
  isPaused: boolean,
): Promise<boolean> {
  for (let tries = 0; tries < TRIES_MAX; tries++) {
    const { rule, version } = await keptRule(broker, name)
    if (rule.isPaused === isPaused) return isPaused
    const value = JSON.stringify({ ...rule, isPaused } satisfies RuleRecord)
    const [result] = await broker.commit([{ put: [{ key: `${RULE_PREFIX}${name}`, value, expected: version }] }])
    if (result?.kind === 'done') return rule.isPaused
  }
  throw new KitchenError('busy', `the record of rule ${name} is changed by others all the time`)
}
