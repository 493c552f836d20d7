import { readdir } from 'node:fs/promises'
import { basename, extname, resolve } from 'node:path'
import { messageOf } from '../../core/errors.js'
import { MODULE_EXTENSIONS } from '../import-module.js'
import { isModuleFile, moduleName } from '../load-module.js'
import type { RuleDefinition } from '../rule.js'

/** A rule of the folder. */
export interface LoadedRule {
  /** `MODULE.RULE`: what it is known by. */
  readonly id: string
  /** Absolute path of its module. */
  readonly module: string
  readonly definition: RuleDefinition
}

/** A module that does not load, or a rule that stands in the way of another. */
export interface LoadFault {
  /** The module's file name. */
  readonly file: string
  /** With file and line where they are known. */
  readonly message: string
  readonly error: unknown
}

/** What a folder of rules holds. */
export interface LoadedRules {
  /** By their ids. */
  readonly rules: readonly LoadedRule[]
  readonly faults: readonly LoadFault[]
}

/** How modules are loaded. */
export interface ModuleLoader {
  /** A round begins: what was loaded before may be old. */
  forget(): void
  /** Gives the rules that a module exports, as its file stands now. @throws What is wrong with it. */
  load(file: string): Promise<readonly RuleDefinition[]>
}

/**
 * Loads every module of a folder: each file that ends as TypeScript or JavaScript does, but for those whose names begin with `_` or
 * `.`, which modules import. One that does not load leaves the others alone.
 *
 * @throws NodeJS.ErrnoException when the folder cannot be read.
 */
export async function loadRulesFolder(folder: string, loader: ModuleLoader): Promise<LoadedRules> {
  const rules = new Map<string, LoadedRule>()
  const faults: LoadFault[] = []
  const files = await moduleFiles(folder)
  loader.forget()
  for (const file of files) {
    const module = resolve(folder, file)
    try {
      for (const definition of await loader.load(module)) {
        const id = `${moduleName(file)}.${definition.name}`
        const other = rules.get(id)
        if (other === undefined) rules.set(id, { id, module, definition })
        else faults.push({ file, message: twice(id, basename(other.module), file), error: null })
      }
    } catch (error) {
      faults.push({ file, message: tell(file, error), error })
    }
  }
  return { rules: [...rules.values()].sort((a, b) => (a.id < b.id ? -1 : 1)), faults }
}

/** The names of the modules in a folder; of two with the same name at the front, the one to take comes first. */
async function moduleFiles(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const rank = (name: string): number => MODULE_EXTENSIONS.indexOf(extname(name))
  return entries
    .filter((entry) => !entry.isDirectory() && !/^[_.]/.test(entry.name))
    .map(({ name }) => name)
    .filter(isModuleFile)
    .sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1))
}

const twice = (id: string, one: string, other: string): string =>
  one === other
    ? `${one} has two rules named ${id}: the first is taken`
    : `${one} and ${other} both have ${id}: that of ${one} is taken`

/** The message names the file itself when whoever loads knows the line. */
function tell(file: string, error: unknown): string {
  const message = messageOf(error)
  return message.includes(file) ? message : `${file}: ${message}`
}
