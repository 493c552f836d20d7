import { eachPage } from '../blob/each-page.js'
import type { Broker } from '../broker/broker.js'
import { parseJson } from '../core/json.js'
import { BATCH_MAX } from '../core/limits.js'
import { readRule } from './kept-rule.js'
import { hasRunEnded, RULE_PREFIX, RUN_PREFIX, type RunRecord } from './run-record.js'

/** What a kitchen knows of a rule that no module here names. */
export interface GoneRule {
  /** `MODULE.RULE`. */
  readonly rule: string
  readonly runCount: number
  /** When a run of it began or ended last; null: none is remembered. */
  readonly lastMs: number | null
  /** Where its newest run found its module. */
  readonly module: string | null
  /**
   * Why its records stay; null: they go. `paused`: somebody said so, and may mean a rule of another folder. `open`: a run of it has not
   * ended. `young`: it ran not long ago. `elsewhere`: its module stands where this call does not look. `changed`: somebody used it just now.
   */
  readonly stays: 'paused' | 'open' | 'young' | 'elsewhere' | 'changed' | null
}

/** Which rules are there, and what to do about the others. */
export interface GoneRulesOptions {
  /** Whether a rule is known to be there, or may be. */
  isThere(rule: string): boolean
  /** Whether the module of a rule that is not stands in a place of its own. */
  isElsewhere(module: string): boolean
  /** Removes; false: only tells what would go. */
  readonly remove: boolean
  /** What ran later than so many milliseconds ago, by the store's clock, stays. */
  readonly graceMs: number
}

/** What became of the records of rules. */
export interface GoneRules {
  readonly isRemoved: boolean
  /** In the order of their names. */
  readonly rules: readonly GoneRule[]
  /** Rules that are there. */
  readonly keptCount: number
}

/**
 * Finds the rules of which a kitchen keeps records, and which are no longer there; forgets them and their runs when told to. Blobs, tags and
 * results stay: they are data.
 *
 * Atomic for each rule: one that begins a run meanwhile stays, with all of its runs.
 *
 * @throws KitchenError when the store fails; the rules before that are forgotten whole.
 */
export async function collectGoneRules(
  broker: Pick<Broker, 'record' | 'records' | 'describe' | 'commit'>,
  options: GoneRulesOptions,
): Promise<GoneRules> {
  const { nowMs } = await broker.describe()
  const rules: GoneRule[] = []
  let keptCount = 0
  for await (const page of eachPage(broker, RULE_PREFIX)) {
    for (const { key } of page) {
      const name = key.slice(RULE_PREFIX.length)
      if (options.isThere(name)) keptCount++
      else rules.push(await collectOne(broker, name, { ...options, nowMs }))
    }
  }
  return { isRemoved: options.remove, rules, keptCount }
}

async function collectOne(
  broker: Pick<Broker, 'record' | 'records' | 'commit'>,
  name: string,
  { isElsewhere, remove, graceMs, nowMs }: GoneRulesOptions & { readonly nowMs: number },
): Promise<GoneRule> {
  // The rule's own record first: who begins a run after this changes it, and then the commit below does nothing.
  const kept = await broker.record(`${RULE_PREFIX}${name}`)
  const runs = await broker.records(`${RUN_PREFIX}${name}/`, { countMax: RUNS_MAX })
  const records = runs.map(({ value }) => parseJson(value) as unknown as RunRecord)
  const rule = kept && readRule(kept)
  const moments = [rule?.lastStartedMs, rule?.lastEndedMs, ...records.flatMap((run) => [run.startedMs, run.endedMs])]
  const lastMs = moments.reduce<number | null>((last, ms) => (ms == null ? last : Math.max(ms, last ?? ms)), null)
  const module = records.at(-1)?.module ?? null
  const gone = { rule: name, runCount: runs.length, lastMs, module }
  if (kept === undefined || rule === undefined) return { ...gone, stays: 'changed' }
  if (rule.isPaused) return { ...gone, stays: 'paused' }
  if (!records.every(hasRunEnded)) return { ...gone, stays: 'open' }
  if (module !== null && isElsewhere(module)) return { ...gone, stays: 'elsewhere' }
  if (lastMs !== null && lastMs > nowMs - graceMs) return { ...gone, stays: 'young' }
  if (!remove) return { ...gone, stays: null }
  const put = [...runs, kept].map(({ key, version }) => ({ key, value: null, expected: version }))
  const [result] = await broker.commit([{ put }])
  return { ...gone, stays: result?.kind === 'done' ? null : 'changed' }
}

/** With the rule's own record they leave in one commit. A kitchen remembers a hundred runs of a rule, and what has not ended. */
const RUNS_MAX = BATCH_MAX - 1
