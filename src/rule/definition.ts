import { RuleError } from '../core/errors.js'
import { Faults } from './faults.js'
import { checkColumns, KEYSET_OPTIONS, keysetOf, listOf } from './keyset.js'
import { checkNotify } from './notify-faults.js'
import { checkReader, dynamic } from './readers.js'
import type { Keyset, KeysetOptions, RuleDefinition, RuleOptions } from './rule.js'
import { RUN_BLOBS_MAX } from './run-record.js'
import { checkTimes } from './time-delta.js'

/** So that a rule is known also where two copies of this package are loaded. */
const MARK: unique symbol = Symbol.for('hob.rule')

/** The keyset of a rule whose grouping has no name. */
const DEFAULT_KEYSET = '_default'

/** What stands for a keyset in the files of a rule with `map`. */
export const MAP_KEYSET = '_map'

const NAME = /^[A-Za-z0-9_-]{1,100}$/

const DAY_MS = 86_400_000

/** What only a rule whose grouping has no name may say of it. */
const OF_DEFAULT = ['keyParts', 'valueParts', 'columnMappings', 'table'] as const

/** What makes no sense beside `map`. */
const NOT_WITH_MAP = ['keysets', 'keyParts', 'valueParts', 'columnMappings', 'partsPostprocess'] as const

/** What makes no sense without `map`. */
const ONLY_WITH_MAP = ['combine', 'reduce', 'reduceInit', 'columns'] as const

const FLAGS = ['run', 'newestFirst', 'archive', 'nuke', 'pure', 'sort', 'resultTagSuffix', 'save', 'retry'] as const
const FUNCTIONS = ['partition', 'mapInit', 'map', 'combine', 'reduce', 'reduceInit', 'ruleInit', 'ruleCleanup'] as const
const NAMES = ['table', 'archiveTagPrefix', 'resultTag'] as const

/** Bounds of what is a whole number. */
const WHOLE = {
  minBlobs: [1, RUN_BLOBS_MAX],
  maxBlobs: [1, RUN_BLOBS_MAX],
  partitions: [1, 200],
  archiveLookback: [0, 1_000_000],
  dayRange: [0, 3_660],
  dayOffset: [0, 3_660],
  retryLimit: [0, 100],
  retryDelayMs: [0, 366 * DAY_MS],
  stallMs: [100, DAY_MS],
} as const

const KNOWN: readonly string[] = [
  ...['name', 'timeDelta', 'cron', 'zone', 'input', 'columns', 'keysets', 'keyParts', 'valueParts', 'columnMappings'],
  ...[
    'partsPreprocess',
    'partsPostprocess',
    'fieldTransforms',
    'params',
    'resultProcessor',
    'sourceTags',
    'sourceUrls',
  ],
  ...['dayStart', 'notify', 'maxBadRatio'],
  ...FLAGS,
  ...FUNCTIONS,
  ...NAMES,
  ...Object.keys(WHOLE),
]

/**
 * Makes a rule of its options. Opens and starts nothing; what comes back is frozen.
 *
 * @throws RuleError `rule`, which lists all that is wrong.
 */
export function rule(options: RuleOptions): RuleDefinition {
  const faults = new Faults()
  if (!faults.object('what rule() is given', options)) throw ruleError(undefined, faults)
  faults.known('it', options, KNOWN)
  checkPlain(options, faults)
  const keysets = keysetsOf(options, faults)
  const { tags, rules } = sourcesOf(options.sourceTags, faults)
  if (faults.list.length > 0) throw ruleError(options.name, faults)
  const definition: RuleDefinition = {
    name: options.name,
    options: Object.freeze({ ...options }),
    keysets: Object.freeze(keysets),
    input: Object.freeze({ ...(options.input ?? dynamic()) }),
    sourceTags: Object.freeze(tags),
    sourceRules: Object.freeze(rules),
    minBlobs: options.minBlobs ?? 1,
    maxBlobs: options.maxBlobs ?? 1_000,
    partitions: options.partitions ?? 1,
    params: Object.freeze({ ...options.params }),
    maxBadRatio: options.maxBadRatio ?? 1,
  }
  Object.defineProperty(definition, MARK, { value: true })
  return Object.freeze(definition)
}

/** Whether something that a module exports is a rule. */
export const isRule = (value: unknown): value is RuleDefinition =>
  typeof value === 'object' && value !== null && MARK in value

const ruleError = (name: unknown, { list }: Faults): RuleError =>
  new RuleError('rule', `${typeof name === 'string' ? `rule '${name}'` : 'a rule'}: ${list.join('; ')}`)

/** What each option must be for itself. */
function checkPlain(options: RuleOptions, faults: Faults): void {
  if (faults.text('name', options.name) && !NAME.test(options.name)) {
    faults.add('its name must have 1 to 100 letters, digits, _ or -')
  }
  for (const flag of FLAGS) faults.trueOrFalse(flag, options[flag])
  for (const name of FUNCTIONS) faults.func(name, options[name])
  for (const name of NAMES) faults.name(name, options[name])
  for (const [name, bounds] of Object.entries(WHOLE)) faults.whole(name, options[name as keyof typeof WHOLE], bounds)
  faults.number('maxBadRatio', options.maxBadRatio, [0, 1])
  checkTimes({ ...options }, faults)
  checkBlobs(options, faults)
  if (options.input !== undefined) checkReader(options.input, faults)
  if (options.params !== undefined) faults.object('params', options.params)
  faults.functions('partsPreprocess', options.partsPreprocess, 'records')
  checkTransforms(options.fieldTransforms, faults)
  if (options.notify !== undefined) checkNotify(options.notify, faults)
  checkProcessor(options.resultProcessor, faults)
  checkUrls(options.sourceUrls, faults)
  if (options.dayStart !== undefined && !isDay(options.dayStart)) {
    faults.add(`dayStart is ${JSON.stringify(options.dayStart)}: it must be a day like '2026-01-31'`)
  }
}

function checkBlobs(
  { minBlobs, maxBlobs = 1_000, archive, nuke, resultTag, resultTagSuffix }: RuleOptions,
  faults: Faults,
): void {
  if (minBlobs !== undefined && minBlobs > maxBlobs) {
    faults.add(`minBlobs is ${minBlobs}, which is above maxBlobs, ${maxBlobs}`)
  }
  if (nuke === true && archive !== true) faults.add('it has nuke without archive')
  if (resultTagSuffix !== undefined && resultTag === undefined) faults.add('it has resultTagSuffix without resultTag')
}

function checkTransforms(transforms: unknown, faults: Faults): void {
  if (transforms === undefined || !faults.object('fieldTransforms', transforms)) return
  for (const [field, transform] of Object.entries(transforms)) {
    faults.change(`fieldTransforms.${field}`, transform, 'fields')
  }
}

function checkProcessor(processor: unknown, faults: Faults): void {
  if (processor === undefined || !faults.object('resultProcessor', processor)) return
  faults.text("resultProcessor's name", processor.name)
  faults.func("resultProcessor's write", processor.write ?? null)
}

function checkUrls(urls: unknown, faults: Faults): void {
  if (urls !== undefined && typeof urls !== 'function') faults.texts('sourceUrls', urls)
}

/** Whether a text is a day that the calendar has. */
function isDay(day: unknown): boolean {
  if (typeof day !== 'string' || !/^\d{4}-\d\d-\d\d$/.test(day)) return false
  const date = new Date(`${day}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day)
}

interface Sources {
  readonly tags: string[]
  readonly rules: RuleDefinition[]
}

function sourcesOf(sources: unknown, faults: Faults): Sources {
  const found: Sources = { tags: [], rules: [] }
  if (sources === undefined) return found
  for (const [at, source] of (Array.isArray(sources) ? sources : [sources]).entries()) {
    if (isRule(source)) found.rules.push(source)
    else if (typeof source === 'string') {
      faults.name(`sourceTags[${at}]`, source)
      found.tags.push(source)
    } else {
      // A module that was imported in a circle gives undefined.
      faults.add(
        `sourceTags[${at}] is ${source === null ? 'null' : typeof source}: it must be a tag, or what rule() made`,
      )
    }
  }
  return found
}

function keysetsOf(options: RuleOptions, faults: Faults): Keyset[] {
  const given = (names: readonly (keyof RuleOptions)[]) => names.filter((name) => options[name] !== undefined)
  if (options.map !== undefined) {
    if (options.reduce === undefined) faults.add('it has map without reduce')
    for (const name of given(NOT_WITH_MAP)) faults.add(`it has both map and ${name}`)
    checkMapColumns(options.columns, faults)
    return []
  }
  for (const name of given(ONLY_WITH_MAP)) faults.add(`it has ${name} without map`)
  if (options.keysets !== undefined) {
    for (const name of given(OF_DEFAULT)) faults.add(`it has both keysets and ${name}`)
    return namedKeysets(options, faults)
  }
  if (options.keyParts === undefined && options.valueParts === undefined) {
    faults.add('it computes nothing: give keyParts and valueParts, or keysets, or map and reduce')
    return []
  }
  const { keyParts = [], valueParts, columnMappings, table, partsPostprocess } = options
  const own = { keyParts, valueParts, columnMappings, table, partsPostprocess } as KeysetOptions
  return [keysetOf({ name: DEFAULT_KEYSET, table: options.name, prefix: '' }, own, faults)]
}

function checkMapColumns(columns: unknown, faults: Faults): void {
  if (columns === undefined) {
    faults.add('it has map without columns, which name what reduce yields')
  } else if (faults.texts('columns', columns)) {
    if (columns.length === 0) faults.add('columns names none')
    checkColumns('', columns, faults)
  }
}

function namedKeysets({ keysets, partsPostprocess }: RuleOptions, faults: Faults): Keyset[] {
  if (!faults.object('keysets', keysets)) return []
  faults.functions('partsPostprocess', partsPostprocess, 'records')
  const named = Object.entries(keysets)
  if (named.length === 0) faults.add('keysets has none')
  const made: Keyset[] = []
  for (const [name, own] of named) {
    const prefix = `keyset '${name}': `
    if (!NAME.test(name) || name === MAP_KEYSET)
      faults.add(`${prefix}its name must have 1 to 100 letters, digits, _ or -`)
    if (!faults.object(`${prefix}what it is`, own)) continue
    faults.known(`keyset '${name}'`, own, KEYSET_OPTIONS)
    // The rule's functions come first to a record, and last to a row.
    const after = [...listOf(own.partsPostprocess ?? []), ...listOf(partsPostprocess ?? [])]
    if (own.partsPostprocess !== undefined)
      faults.functions(`${prefix}partsPostprocess`, own.partsPostprocess, 'records')
    made.push(keysetOf({ name, table: name, prefix }, { ...own, partsPostprocess: after }, faults))
  }
  return made
}
