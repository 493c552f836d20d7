import { ARCHIVE_PREFIX } from '../archive-tag.js'
import { alwaysEnds } from '../builders/builder-use.js'
import { whyNever } from '../groups/why-never.js'
import { functionName } from '../map/function-fault.js'
import type { Keyset, PartsFunction, RuleDefinition } from '../rule.js'
import type { MapSeen, RuleFacts } from './thread-task.js'

const HOUR_MS = 3_600_000

/** What a run has to know of a rule, as data: it goes from the thread that loaded the rule to the one that plans. */
export function factsOf(rule: RuleDefinition, version: string): RuleFacts {
  const { options } = rule
  return {
    name: rule.name,
    version,
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
    functions: functionsOf(rule),
    processor: options.resultProcessor?.name ?? null,
    has: {
      ruleInit: options.ruleInit !== undefined,
      ruleCleanup: options.ruleCleanup !== undefined,
      sourceUrls: options.sourceUrls !== undefined,
    },
    approximate: Object.fromEntries(rule.keysets.map((keyset) => [keyset.name, approximateOf(keyset)])),
    alwaysRows: whyNever(rule),
    mapSeen: mapSeen(rule),
    sources: rule.sourceRules.map((source) => factsOf(source, version)),
  }
}

/** Two are the same when nothing was seen to differ: functions may call others, or may have been made with other values. */
function mapSeen({ options, input, keysets, partitions }: RuleDefinition): MapSeen {
  const { partsPreprocess = [], fieldTransforms = {}, mapInit, map, combine, partition } = options
  const own = keysets.map(({ partsPreprocess }) => partsPreprocess)
  return {
    input: JSON.stringify(input),
    keysets: JSON.stringify([keysets.map(({ name, keyParts, values }) => [name, keyParts, values]), partitions]),
    functions: JSON.stringify([partsPreprocess, fieldTransforms, own, mapInit, map, combine, partition], (_, value) =>
      typeof value === 'function' ? String(value) : (value as unknown),
    ),
  }
}

function functionsOf({ options, keysets }: RuleDefinition): Required<RuleFacts>['functions'] {
  const { partsPreprocess = [], fieldTransforms = {}, map, combine, reduce } = options
  const ofKeysets = (name: 'partsPreprocess' | 'partsPostprocess'): readonly string[] =>
    keysets.flatMap((keyset) =>
      namesOf(keyset[name], keyset.name.startsWith('_') ? name : `keyset ${keyset.name}: ${name}`),
    )
  const transforms = Object.entries(fieldTransforms).filter(([, own]) => !alwaysEnds(own))
  return {
    map: [
      ...namesOf(partsPreprocess, 'partsPreprocess'),
      ...transforms.map(([field]) => `fieldTransforms.${field}`),
      ...ofKeysets('partsPreprocess'),
      ...(map === undefined ? [] : [functionName(map, 'map')]),
      ...(combine === undefined ? [] : [functionName(combine, 'combine')]),
    ],
    reduce: [...(reduce === undefined ? [] : [functionName(reduce, 'reduce')]), ...ofKeysets('partsPostprocess')],
  }
}

/** Of those that may never end. */
const namesOf = (functions: readonly PartsFunction[], place: string): readonly string[] =>
  functions.flatMap((own, at) => (alwaysEnds(own) ? [] : [functionName(own, `${place}[${at}]`)]))

const approximateOf = ({ values, columnMappings }: Keyset): readonly string[] =>
  values
    .filter(({ kind }) => kind === 'countDistinctApproximate')
    .map(({ column }) => (Object.hasOwn(columnMappings, column) ? (columnMappings[column] ?? column) : column))

/**
 * Columns that are approximate in the result of a rule or of those that feed it, as people are told of them.
 *
 * @param only The keyset that the run is for; null: all.
 */
export function approximateColumns(facts: RuleFacts, only: string | null): readonly string[] {
  const own = Object.entries(facts.approximate ?? {})
    .filter(([keyset]) => only === null || keyset === only)
    .flatMap(([keyset, columns]) => columns.map((column) => (keyset.startsWith('_') ? column : `${keyset}.${column}`)))
  const fed = facts.sources.flatMap((each) => approximateColumns(each, null).map((column) => `${each.name}.${column}`))
  return [...own, ...fed]
}
