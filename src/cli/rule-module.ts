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
  const place = await findRule(text, folder)
  const say = (line: string): void => terminal.err.line(`hob: ${visible(line)}`)
  const file = fromHere(place.file)
  const load = (): Promise<RuleModule> => loadWithin(file, () => loadRules(place.file, library))
  const { rules } = await endingAtOnce(() => whileLoading(file, load, say))
  const definition = pick(place, rules)
  checkKeyset(place, definition)
  return {
    id: `${place.module}.${definition.name}`,
    address: { module: place.file, rule: definition.name },
    definition,
    keyset: place.keyset,
  }
}

function pick({ module, rule }: RulePlace, rules: readonly RuleDefinition[]): RuleDefinition {
  const names = rules.map(({ name }) => `${module}.${name}`)
  if (rule === null) {
    throw new CliError('usage', `${module} is a module of rules: which of them?`, { hint: thereAre(names) })
  }
  const found = rules.find(({ name }) => name === rule)
  if (found !== undefined) return found
  throw new CliError('usage', `module ${module} has no rule '${rule}'`, {
    hint: `${didYouMean(`${module}.${rule}`, names)}${thereAre(names)}`,
  })
}

function checkKeyset({ keyset }: RulePlace, { name, keysets, options }: RuleDefinition): void {
  const names = keysets.map((each) => each.name)
  if (keyset === null || names.includes(keyset)) return
  const hint = options.keysets === undefined ? 'It has none with a name: leave it away.' : thereAre(names)
  throw new CliError('usage', `rule ${name} has no keyset '${keyset}'`, { hint: `${didYouMean(keyset, names)}${hint}` })
}
