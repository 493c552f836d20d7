import type { Broker } from '../broker/broker.js'
import { FreshModules } from '../rule/daemon/fresh-modules.js'
import { type LoadedRule, type LoadedRules, loadRulesFolder, type ModuleLoader } from '../rule/daemon/rules-folder.js'
import { fromHere } from '../rule/import-module.js'
import { RULE_PREFIX } from '../rule/run-record.js'
import { CliError } from './cli-error.js'
import { didYouMean } from './did-you-mean.js'
import { fileError } from './file-error.js'
import { loadRuleLibrary } from './library.js'
import { loadWithin } from './loading-limit.js'
import { namedRules } from './rules-option.js'
import type { Terminal } from './terminal.js'

/** As long as a daemon waits for one. */
const LOADING_MS_MAX = 10_000

/** Where the rules are that a command is about. */
export interface RulesPlace {
  /** What `--rules` says. */
  readonly rules: string | undefined
  readonly terminal: Pick<Terminal, 'env'>
}

/** The folder of rules. */
export const rulesFolder = ({ rules, terminal }: RulesPlace): string => namedRules(rules, terminal.env) ?? 'rules'

/** Loads the folder of rules. @throws CliError `failed` when it cannot be read. */
export async function loadFolder(place: RulesPlace): Promise<LoadedRules> {
  const folder = rulesFolder(place)
  const modules = new FreshModules(await loadRuleLibrary())
  const loader: ModuleLoader = {
    forget: () => modules.forget(),
    load: (file) => loadWithin(fromHere(file), () => modules.load(file), LOADING_MS_MAX),
  }
  try {
    return await loadRulesFolder(folder, loader)
  } catch (cause) {
    const error = fileError('read', folder, cause)
    const hint = '--rules names the folder with the modules of rules; hob rule new writes one with examples.'
    throw new CliError('failed', error.message, { hint, cause })
  }
}

/** The rule of a folder that a person names, as `MODULE.RULE`, or by its own name when no other has that. @throws CliError `failed` when there is none. */
export function pickRule(name: string, { rules, faults }: LoadedRules): LoadedRule {
  const found = rules.filter((rule) => rule.id === name || rule.definition.name === name)
  const exact = found.find(({ id }) => id === name) ?? (found.length === 1 ? found[0] : undefined)
  if (exact !== undefined) return exact
  const ids = rules.map(({ id }) => id)
  if (found.length > 1) throw new CliError('usage', `which of ${found.map(({ id }) => id).join(', ')}?`)
  const [fault] = faults
  const hint =
    fault === undefined ? 'hob rule ls lists those that there are.' : `A module does not load: ${fault.message}`
  throw new CliError('failed', `there is no rule '${name}'`, { hint: `${didYouMean(name, ids)}${hint}` })
}

/** The same for what is kept of a rule, which may be there without its module. */
export async function nameRule(
  name: string,
  { broker, ...place }: RulesPlace & { readonly broker: Pick<Broker, 'record'> },
): Promise<string> {
  if ((await broker.record(`${RULE_PREFIX}${name}`)) !== undefined) return name
  return pickRule(name, await loadFolder(place)).id
}
