import { basename } from 'node:path'
import { isRule } from '../rule/definition.js'
import type { RuleAddress } from '../rule/map-output.js'
import type { RuleDefinition } from '../rule/rule.js'
import { CliError } from './cli-error.js'
import { didYouMean } from './did-you-mean.js'
import type { Library } from './library.js'
import { visible } from './print/visible.js'
import { findRule, type RulePlace, thereAre } from './rule-place.js'
import type { Terminal } from './terminal.js'
import { loadModule } from './worker-modules.js'

/** A rule that the command line names. */
export interface NamedRule {
  /** `MODULE.RULE`. */
  readonly id: string
  readonly address: RuleAddress
  readonly definition: RuleDefinition
  /** null: all of the rule. */
  readonly keyset: string | null
}

const EXAMPLE = "It exports them like: export default [rule({ name: 'last_names', … })]"

/**
 * Finds and loads the rule that a command line names.
 *
 * @param text `MODULE.RULE[.KEYSET]`, or another form of `findRule`.
 * @param folder What `--rules` says.
 * @throws CliError `usage` when there is no such module, rule or keyset, with those that there are; `failed` when the module does not load.
 */
export async function loadRule(
  text: string,
  folder: string | undefined,
  { library, terminal }: { readonly library: Library; readonly terminal: Terminal },
): Promise<NamedRule> {
  const place = await findRule(text, folder)
  const say = (line: string): void => terminal.err.line(`hob: ${visible(line)}`)
  const rules = rulesOf(await loadModule(place.file, library, say))
  if (rules.length === 0) throw new CliError('usage', `${basename(place.file)} exports no rule`, { hint: EXAMPLE })
  const definition = pick(place, rules)
  checkKeyset(place, definition)
  return {
    id: `${place.module}.${definition.name}`,
    address: { module: place.file, rule: definition.name },
    definition,
    keyset: place.keyset,
  }
}

/** The rules that a module exports: as values, or in lists. */
function rulesOf(module: object): readonly RuleDefinition[] {
  const values = Object.values(module).flatMap((value: unknown) => (Array.isArray(value) ? value : [value]))
  return [...new Set(values.filter(isRule))]
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
