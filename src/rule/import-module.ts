import { readFile, realpath } from 'node:fs/promises'
import { extname, relative, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'

/** What a module may be called. */
export const MODULE_EXTENSIONS: readonly string[] = ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx']

/**
 * Imports a module of the user's, TypeScript as it is.
 *
 * @param library What its `import … from 'hob'` gives: the same package for all modules, whichever of them is installed where they
 * stand, and also where none is.
 * @throws What it threw, or the parser; `moduleFault` tells where.
 */
export async function importModule(file: string, library: object): Promise<object> {
  const path = await realpath(file)
  // Loaded here and not above: to load it took a third of all that `import … from 'hob'` does.
  const { createJiti } = await import('jiti')
  const jiti = createJiti(pathToFileURL(path).href, {
    virtualModules: { hob: library as Record<string, unknown> },
    interopDefault: false,
    tsconfigPaths: true,
    jsx: true,
  })
  const source = PLAIN.includes(extname(path)) ? await readFile(path, 'utf8') : ''
  if (!IMPORTS_HOB.test(source)) return jiti.import<object>(path)
  return (await jiti.evalModule(source, { filename: path, async: true, forceTranspile: true })) as object
}

/** Modules that Node itself would import. */
const PLAIN: readonly string[] = ['.js', '.mjs']

/**
 * Node would look for `hob` beside the module: where that is installed it found all of it once more, as a hundred and fifty modules, which
 * took a tenth of a second of each process and thread; or it found another version. Not found, it is translated as TypeScript is; so it
 * is at once.
 */
const IMPORTS_HOB = /\bfrom\s*(['"])hob\1/

/** What went wrong while a module was loaded, for one line. */
export interface ModuleFault {
  /** `FILE:LINE:COLUMN`, or `FILE:LINE`, from the working directory where it is below it; undefined when nobody knows. */
  readonly place: string | undefined
  readonly message: string
  /** It was not even read: its syntax is wrong. */
  readonly isSyntax: boolean
}

/** The parser's own words, and the place: `ParseError: Unexpected token\n /srv/workers.ts:4:2`. */
const PARSE_ERROR = /^ParseError: (.*?)\s+(\/\S+):(\d+):(\d+)\s*$/s

/** Reads from an error where in the user's code it came from, and what it says. */
export function moduleFault(cause: unknown): ModuleFault {
  const error = cause instanceof Error ? cause : new Error(String(cause))
  const [, said, path = '', line, column] = PARSE_ERROR.exec(error.message) ?? []
  if (said !== undefined) {
    const place = `${fromHere(path)}:${line}:${Number(column) + 1}`
    return { place, message: said.trim(), isSyntax: true }
  }
  const [message = ''] = error.message.split('\nRequire stack:')
  return { place: userPlace(error), message: `${error.name}: ${message}`, isSyntax: false }
}

/** Folders whose files are the user's never. */
const NOT_OWN = /\/node_modules\/|\/dist\/(bin|core|broker|queue|orders|blob|rule)\//

/** The first line of an error's stack that is the user's own: `rules/names.ts:12`. */
export function userPlace({ stack = '' }: Error): string | undefined {
  const frames = [...stack.matchAll(/^\s+at (?:.* )?\(?(?:file:\/\/)?(\/[^()]*?):(\d+):(\d+)\)?$/gm)]
  const own = frames.find(([, path = '']) => !NOT_OWN.test(path))
  // The column is that of what TypeScript was made into.
  return own && `${fromHere(own[1] ?? '')}:${own[2]}`
}

/** A path as people write it: from the working directory, unless it leads out of it. */
export function fromHere(path: string): string {
  const near = relative(process.cwd(), resolve(path))
  return near.startsWith('..') ? path : near
}
