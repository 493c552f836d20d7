import { createRequire } from 'node:module'
import { loadRules } from '../load-module.js'
import type { RuleDefinition } from '../rule.js'
import type { ModuleLoader } from './rules-folder.js'

/** Where Node, and so the loader of TypeScript, keeps modules that were loaded. */
const cache: NodeJS.Dict<NodeJS.Module> = createRequire(import.meta.url).cache

/**
 * Loads modules in this thread, for a command that ends soon, as their files stand now: what they and the files that they import were before is forgotten as each round begins. Within
 * one round, modules that import the same file share it. Packages stay as they are.
 */
export class FreshModules implements ModuleLoader {
  readonly #library: object | undefined
  readonly #own = new Set<string>()

  /** @param library What `import … from 'hob'` gives; the package of this file unless given. */
  constructor(library?: object) {
    this.#library = library
  }

  /** Begins a round. */
  forget(): void {
    for (const file of this.#own) delete cache[file]
    this.#own.clear()
  }

  /** Loads one module. @throws RuleError as `loadRules`. */
  async load(file: string): Promise<readonly RuleDefinition[]> {
    const before = new Set(Object.keys(cache))
    try {
      return (await loadRules(file, this.#library)).rules
    } finally {
      // One that failed must be forgotten, too.
      for (const path of Object.keys(cache)) {
        if (!before.has(path) && !path.includes('/node_modules/')) this.#own.add(path)
      }
    }
  }
}
