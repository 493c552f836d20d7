import { ARCHIVE_PREFIX } from '../archive-tag.js'
import type { RuleDefinition } from '../rule.js'
import type { RuleFacts } from './thread-task.js'

const HOUR_MS = 3_600_000

/** What a run has to know of a rule, as data: it goes from the thread that loaded the rule to the one that plans. */
export function factsOf(rule: RuleDefinition, version: string): RuleFacts {
  const { options } = rule
  return {
    name: rule.name,
    version,
    input: rule.input,
    isMap: options.map !== undefined,
    keysets: rule.keysets.map(({ name }) => name),
    partitions: rule.partitions,
    maxBadRatio: rule.maxBadRatio,
    sourceTags: rule.sourceTags,
    archiveTagPrefix: options.archiveTagPrefix ?? ARCHIVE_PREFIX,
    archive: options.archive === true,
    nuke: options.nuke === true,
    resultTag: options.resultTag ?? null,
    resultTagSuffix: options.resultTagSuffix ?? null,
    save: options.save === true,
    retryLimit: options.retry === false ? 0 : (options.retryLimit ?? 2),
    retryDelayMs: options.retryDelayMs ?? HOUR_MS,
    stallMs: options.stallMs ?? 300_000,
    processor: options.resultProcessor?.name ?? null,
    has: {
      ruleInit: options.ruleInit !== undefined,
      ruleCleanup: options.ruleCleanup !== undefined,
      sourceUrls: options.sourceUrls !== undefined,
    },
    sources: rule.sourceRules.map((source) => factsOf(source, version)),
  }
}
