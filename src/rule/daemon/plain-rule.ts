import type { RuleDefinition, RuleOptions } from '../rule.js'

/** Options by which a daemon decides, all of them data. */
const DECIDING = [
  ...['name', 'run', 'minBlobs', 'maxBlobs', 'newestFirst', 'timeDelta', 'cron', 'zone'],
  ...['archive', 'archiveTagPrefix', 'archiveLookback', 'dayRange', 'dayOffset', 'dayStart'],
  ...['retry', 'retryLimit', 'retryDelayMs', 'notify'],
] as const

/** Where the files of a rule are from: a list, or a function that must be asked. */
export type PlainUrls = readonly string[] | 'function' | null

/** What a daemon has to know of a rule, as data that goes between threads. */
export interface PlainRule {
  readonly name: string
  readonly options: RuleOptions
  readonly sourceTags: readonly string[]
  readonly sourceRules: readonly PlainRule[]
  readonly minBlobs: number
  readonly maxBlobs: number
  readonly urls: PlainUrls
}

/** A rule without its functions. */
export function plainRule(rule: RuleDefinition): PlainRule {
  const { name, sourceTags, minBlobs, maxBlobs, options } = rule
  const kept = DECIDING.map((option) => [option, options[option as keyof RuleOptions]] as const)
  return {
    name,
    options: JSON.parse(JSON.stringify(Object.fromEntries(kept))) as RuleOptions,
    sourceTags: [...sourceTags],
    sourceRules: rule.sourceRules.map(plainRule),
    minBlobs,
    maxBlobs,
    urls: typeof options.sourceUrls === 'function' ? 'function' : (options.sourceUrls ?? null),
  }
}

/** A rule of which a daemon can tell where it stands; it computes nothing. */
export function ruleOfPlain(plain: PlainRule, askUrls: () => Promise<readonly string[]>): RuleDefinition {
  const { name, options, sourceTags, sourceRules, minBlobs, maxBlobs, urls } = plain
  const sourceUrls = urls === 'function' ? askUrls : urls
  return {
    name,
    options: sourceUrls === null ? options : { ...options, sourceUrls },
    keysets: [],
    input: { kind: 'dynamic' },
    sourceTags,
    // The run asks for the files of those itself.
    sourceRules: sourceRules.map((source) => ruleOfPlain({ ...source, urls: null }, askUrls)),
    minBlobs,
    maxBlobs,
    partitions: 1,
    params: {},
    maxBadRatio: 1,
  }
}
