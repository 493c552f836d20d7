import { readdir, stat } from 'node:fs/promises'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { MODULE_EXTENSIONS } from '../rule/import-module.js'
import { isModuleFile } from '../rule/load-module.js'
import { CliError } from './cli-error.js'
import { didYouMean } from './did-you-mean.js'

/** Where the rule is that a command line names. */
export interface RulePlace {
  /** The module's file. */
  readonly file: string
  /** Its name: that of the file without its extension. */
  readonly module: string
  /** null: the module alone was named. */
  readonly rule: string | null
  readonly keyset: string | null
}

const FORM = 'Write it MODULE.RULE, MODULE.RULE.KEYSET, ./folder/MODULE.RULE or file.ts:RULE.'

/** `rules/names.ts:last_names_json._default`; Windows is not among the systems, so no drive stands before a colon. */
const BY_FILE = /^(.*\.[cm]?[tj]sx?):([^/]*)$/s

/**
 * Where the rule may be that a command line names, the likeliest first, at least one: a dot may stand in the name of a module as well, and
 * two files may be one module. A module without a folder is sought in `--rules`, else in the folder `rules` where there
 * is one, else here; one with a folder (`./names.last_names_json`) just there. `names.ts:last_names_json` names the file itself.
 *
 * @param folder What `--rules` says.
 * @throws CliError `usage` when there is no such module, with those that there are.
 */
export async function findRule(text: string, folder: string | undefined): Promise<readonly RulePlace[]> {
  const [, file, words] = BY_FILE.exec(text) ?? []
  if (file !== undefined && words !== undefined) return atFile(text, file, words)
  const isHere = text.includes('/')
  const within = isHere ? dirname(text) : await rulesFolder(folder)
  return atName(text, isHere ? basename(text) : text, within)
}

/** The folder that holds the modules of rules. */
export async function rulesFolder(given: string | undefined): Promise<string> {
  const folder = given ?? 'rules'
  const isFolder = await stat(folder).then(
    (found) => found.isDirectory(),
    () => false,
  )
  if (isFolder) return folder
  if (given === undefined) return '.'
  throw new CliError('usage', `there is no folder ${given}`, {
    hint: '--rules names the folder with the modules of rules.',
  })
}

async function atFile(text: string, file: string, words: string): Promise<readonly RulePlace[]> {
  const folder = dirname(file)
  const files = await modulesIn(folder)
  if (!files.includes(basename(file))) {
    const names = files.map((each) => join(folder, each))
    throw new CliError('usage', `there is no module ${file}`, { hint: `${didYouMean(file, names)}${thereAre(files)}` })
  }
  return checked(text, [placeOf(file, words)])
}

async function atName(text: string, name: string, folder: string): Promise<readonly RulePlace[]> {
  const files = await modulesIn(folder)
  const parts = name.split('.')
  const starts = parts.map((_, at) => ({ stem: parts.slice(0, at + 1).join('.'), rest: parts.slice(at + 1).join('.') }))
  const at = (isMeant: (file: string, stem: string) => boolean): readonly (RulePlace | undefined)[] =>
    starts.flatMap(({ stem, rest }) =>
      files.filter((file) => isMeant(file, stem)).map((file) => placeOf(join(folder, file), rest)),
    )
  // A rule may be named `ts`: `names.ts` is that one, and the file only where there is none.
  const places = [...at((file, stem) => moduleOf(file) === stem), ...at((file, stem) => file === stem)]
  if (places.length > 0) return checked(text, places)
  const [first = ''] = parts
  const names = files.map(moduleOf)
  const where = folder === '.' ? 'here' : `in ${folder}`
  const none = `There are no modules of rules ${where}: --rules names their folder, and hob rule new rules writes examples.`
  const hint = files.length === 0 ? none : `${didYouMean(first, names)}${thereAre(names)} ${FORM}`
  throw new CliError('usage', `there is no module '${first}' ${where}`, { hint })
}

/** Undefined when these are no words for a rule. */
function placeOf(file: string, words: string): RulePlace | undefined {
  const [rule = '', keyset, ...more] = words.split('.')
  if (more.length > 0 || keyset === '') return undefined
  return { file: resolve(file), module: moduleOf(file), rule: rule === '' ? null : rule, keyset: keyset ?? null }
}

function checked(text: string, places: readonly (RulePlace | undefined)[]): readonly RulePlace[] {
  const found = places.filter((place) => place !== undefined)
  if (found.length === 0) throw new CliError('usage', `'${text}' names no rule`, { hint: FORM })
  return found
}

/** The modules of a folder, those first that are taken first; none when it cannot be read. */
async function modulesIn(folder: string): Promise<readonly string[]> {
  const names = await readdir(folder).catch(() => [])
  const rank = (name: string): number => MODULE_EXTENSIONS.indexOf(extname(name))
  return names.filter(isModuleFile).sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

const moduleOf = (file: string): string => basename(file, extname(file))

/** At most so many names are told. */
const TOLD_MAX = 12

/** `There are names, sales.` */
export function thereAre(names: readonly string[]): string {
  const different = [...new Set(names)]
  if (different.length === 0) return 'There are none.'
  const more = different.length > TOLD_MAX ? ` and ${different.length - TOLD_MAX} more` : ''
  return `There ${different.length === 1 ? 'is' : 'are'} ${different.slice(0, TOLD_MAX).join(', ')}${more}.`
}
