import { fromHere } from '../rule/import-module.js'
import { loadRules, type RuleModule } from '../rule/load-module.js'
import type { RuleAddress } from '../rule/map-output.js'
import type { RuleDefinition } from '../rule/rule.js'
import { CliError } from './cli-error.js'
import { didYouMean } from './did-you-mean.js'
import { endingAtOnce } from './interrupt.js'
import type { Library } from './library.js'
import { loadWithin } from './loading-limit.js'
import { whileLoading } from './module-loading.js'
import { visible } from './print/visible.js'
import { findRule, type RulePlace, thereAre } from './rule-place.js'
import type { Terminal } from './terminal.js'

/** A rule that the command line names. */
export interface NamedRule {
  /** `MODULE.RULE`. */
  readonly id: string
  readonly address: RuleAddress
  readonly definition: RuleDefinition
  /** null: all of the rule. */
  readonly keyset: string | null
}

/**
 * Finds and loads the rule that a command line names.
 *
 * @param text `MODULE.RULE[.KEYSET]`, or another form of `findRule`.
 * @param folder What `--rules` says.
 * @throws CliError `usage` when there is no such module, rule or keyset, with those that there are. RuleError `rule` when the module does not load.
 */
export async function loadRule(
  text: string,
  folder: string | undefined,
  { library, terminal }: { readonly library: Library; readonly terminal: Terminal },
): Promise<NamedRule> {
  const places = await findRule(text, folder)
  const say = (line: string): void => terminal.err.line(`hob: ${visible(line)}`)
  const rules = new Map<string, readonly RuleDefinition[]>()
  for (const place of places) {
    const { file } = place
    const load = (): Promise<RuleModule> => loadWithin(fromHere(file), () => loadRules(file, library))
    if (!rules.has(file)) rules.set(file, (await endingAtOnce(() => whileLoading(fromHere(file), load, say))).rules)
    const named = namedAt(place, rules.get(file))
    if (named !== undefined) return named
  }
  throw noSuchRule(text, places, rules)
}

function namedAt({ module, file, rule, keyset }: RulePlace, rules?: readonly RuleDefinition[]): NamedRule | undefined {
  const definition = rules?.find(({ name }) => name === rule)
  const isThere = keyset === null || definition?.keysets.some(({ name }) => name === keyset) === true
  if (definition === undefined || !isThere) return undefined
  return { id: `${module}.${definition.name}`, address: { module: file, rule: definition.name }, definition, keyset }
}

function noSuchRule(
  text: string,
  places: readonly RulePlace[],
  rules: ReadonlyMap<string, readonly RuleDefinition[]>,
): CliError {
  for (const { file, rule, keyset } of places) {
    const definition = rules.get(file)?.find(({ name }) => name === rule)
    if (definition !== undefined && keyset !== null) return noSuchKeyset(keyset, definition)
  }
  const names = places.flatMap(({ module, file }) => (rules.get(file) ?? []).map(({ name }) => `${module}.${name}`))
  const alone = places.find(({ rule }) => rule === null)
  if (alone !== undefined) {
    return new CliError('usage', `${alone.module} is a module of rules: which of them?`, { hint: thereAre(names) })
  }
  return new CliError('usage', `there is no rule '${text}'`, { hint: `${didYouMean(text, names)}${thereAre(names)}` })
}

function noSuchKeyset(keyset: string, { name, keysets, options }: RuleDefinition): CliError {
  const names = keysets.map((each) => each.name)
  const hint = options.keysets === undefined ? 'It has none with a name: leave it away.' : thereAre(names)
  return new CliError('usage', `rule ${name} has no keyset '${keyset}'`, {
    hint: `${didYouMean(keyset, names)}${hint}`,
  })
}
