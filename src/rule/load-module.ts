import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname } from 'node:path'
import { closest } from '../core/closest.js'
import { HobError, RuleError } from '../core/errors.js'
import { isRule } from './definition.js'
import { fromHere, importModule, MODULE_EXTENSIONS, moduleFault } from './import-module.js'
import type { RuleDefinition } from './rule.js'

/** A module of rules as it is loaded. */
export interface RuleModule {
  /** Absolute path. */
  readonly path: string
  /** The file's name without its extension: the first part of `MODULE.RULE`. */
  readonly name: string
  /** Those that it exports, in their order; names are unique. */
  readonly rules: readonly RuleDefinition[]
}

const LIBRARY_URL: string = `${new URL('..', import.meta.url).href}index.js`

/** Where `import … from 'hob'` leads: this package, all of it. */
export const ownLibrary = async (): Promise<object> => (await import(LIBRARY_URL)) as object

/**
 * Loads a module of rules, TypeScript as it is, into this thread, and finds the rules that it exports: as values, in arrays, or as members
 * of the default export. Its code runs as it is loaded; who must not be blocked by it loads it in a thread. It is loaded once in the life
 * of a thread: an edited file needs another thread.
 *
 * @param library What its `import … from 'hob'` gives; the package of this file unless given.
 * @throws RuleError `rule`, with `FILE:LINE:COLUMN` where it is known: the file is not there, its syntax is wrong, it throws, it exports no
 * rule, or two of one name.
 */
export async function loadRules(path: string, library?: object): Promise<RuleModule> {
  await checkModule(path)
  const hob = library ?? (await ownLibrary())
  let exported: object
  try {
    exported = await importModule(path, hob)
  } catch (cause) {
    throw loadError(path, cause)
  }
  const rules = rulesOf(exported)
  if (rules.length === 0) {
    throw new RuleError('rule', `${fromHere(path)} exports no rule`, {
      hint: "It exports them like: export default [rule({ name: 'names', … })]",
    })
  }
  checkNames(path, rules)
  return { path, name: moduleName(path), rules }
}

/** The first part of `MODULE.RULE`. */
export const moduleName = (path: string): string => basename(path, extname(path))

/**
 * The rule of a name; or a rule that feeds it, as `RULE/SOURCE`.
 *
 * @throws RuleError `rule` that names those that there are, or the one that was meant.
 */
export function findRule({ name, rules }: Pick<RuleModule, 'name' | 'rules'>, rule: string): RuleDefinition {
  let among = rules
  let found: RuleDefinition | undefined
  for (const word of rule.split('/')) {
    found = among.find((each) => each.name === word)
    if (found === undefined) throw noSuchRule(name, word, among)
    among = found.sourceRules
  }
  if (found === undefined) throw noSuchRule(name, rule, rules)
  return found
}

/** Whether a file may be a module of rules, by its name. */
export const isModuleFile = (file: string): boolean =>
  MODULE_EXTENSIONS.includes(extname(file)) && !/\.d\.[cm]?ts$/.test(file)

async function checkModule(path: string): Promise<void> {
  const file = await stat(path).catch(() => undefined)
  if (file === undefined) {
    const names = await readdir(dirname(path)).catch(() => [])
    throw new RuleError('rule', `there is no file ${fromHere(path)}`, {
      hint: meant(basename(path), names.filter(isModuleFile), 'There are no modules beside it.'),
    })
  }
  if (file.isFile() && isModuleFile(path)) return
  throw new RuleError('rule', `${fromHere(path)} is no module`, {
    hint: `The name of a module ends with ${MODULE_EXTENSIONS.join(', ')}.`,
  })
}

function loadError(path: string, cause: unknown): RuleError {
  const { place = fromHere(path), message, isSyntax } = moduleFault(cause)
  if (cause instanceof HobError) {
    return new RuleError(
      'rule',
      `${place}: ${cause.message}`,
      cause.hint === undefined ? { cause } : { cause, hint: cause.hint },
    )
  }
  return new RuleError(
    'rule',
    isSyntax ? `${place}: ${message}` : `${place}: it threw while it was loaded: ${message}`,
    {
      cause,
    },
  )
}

/** One that is exported twice is found once. */
function rulesOf(exported: object): readonly RuleDefinition[] {
  const values = Object.entries(exported).flatMap(([name, value]: [string, unknown]): readonly unknown[] => {
    if (isRule(value)) return [value]
    const isBag = Array.isArray(value) || (name === 'default' && typeof value === 'object' && value !== null)
    return isBag ? Object.values(value as object) : []
  })
  return [...new Set(values.filter(isRule))]
}

function checkNames(path: string, rules: readonly RuleDefinition[]): void {
  const twice = rules.find(({ name }, at) => rules.findIndex((each) => each.name === name) < at)
  if (twice !== undefined) {
    throw new RuleError('rule', `${fromHere(path)} exports two rules named '${twice.name}'`, {
      hint: 'A rule is known by its name: give one of them another.',
    })
  }
  for (const { name, sourceRules } of rules) checkSources(path, name, sourceRules)
}

function checkSources(path: string, rule: string, sources: readonly RuleDefinition[]): void {
  const twice = sources.find(({ name }, at) => sources.findIndex((each) => each.name === name) < at)
  if (twice !== undefined) {
    throw new RuleError('rule', `${fromHere(path)}: two rules named '${twice.name}' feed ${rule}`, {
      hint: 'Give one of them another name.',
    })
  }
  for (const source of sources) checkSources(path, `${rule}/${source.name}`, source.sourceRules)
}

const noSuchRule = (module: string, rule: string, among: readonly RuleDefinition[]): RuleError =>
  new RuleError('rule', `module ${module} has no rule ${rule}`, {
    hint: meant(
      rule,
      among.map(({ name }) => name),
      'It has none there.',
    ),
  })

function meant(word: string, words: readonly string[], none: string): string {
  if (words.length === 0) return none
  const found = closest(word, words)
  const listed = words.length > 20 ? `${words.slice(0, 20).join(', ')} and ${words.length - 20} more` : words.join(', ')
  return found === undefined ? `There are ${listed}.` : `Did you mean ${found}?`
}
