import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { readFile, realpath, stat } from 'node:fs/promises'
import { dirname, relative, resolve } from 'node:path'
import { RuleError } from '../core/errors.js'
import { fromHere, MODULE_EXTENSIONS } from './import-module.js'
import type { RuleAddress } from './map-output.js'

/** What names another file of the user's: `from './x'`, `import './x'`, `import('./x')`, `require('./x')`. */
const RELATIVE = /\b(?:from|import|require)\s*\(?\s*(['"])(\.{1,2}\/[^'"\n]*|\.{1,2})\1/g

/** More files than this behind one module are a mistake; the version then goes by those that were found first. */
const FILES_MAX = 2_000

/**
 * The version of a rule: a hash of its module's source and of all that it imports by relative paths, of its name, and of Hob's version.
 * Rules that feed it have the same.
 *
 * The same wherever the same files lie. It errs on the side of a change: a comment that was edited is one. What a module reads or imports
 * in another way (a package, a path that is computed) is not seen.
 *
 * @throws RuleError `rule` when the module is not there or cannot be read.
 */
export async function ruleVersion({ module, rule }: RuleAddress): Promise<string> {
  const hash = createHash('sha256').update(JSON.stringify([hobVersion(), rule.split('/')[0]]))
  const root = await realpath(module).catch((cause) => {
    throw new RuleError('rule', `${fromHere(module)}: there is no such module, or no longer`, { cause })
  })
  for (const [path, source] of await sourcesOf(root)) {
    hash.update(JSON.stringify([relative(dirname(root), path), source.toString('base64')]))
  }
  return hash.digest('hex').slice(0, 32)
}

/** Whether a rule stands as it did at this version; one whose module is gone does not. */
export async function hasVersion(address: RuleAddress, version: string): Promise<boolean> {
  try {
    return (await ruleVersion(address)) === version
  } catch (error) {
    if (error instanceof RuleError) return false
    throw error
  }
}

/** The module and what it imports, in an order that is always the same. */
async function sourcesOf(root: string): Promise<readonly (readonly [path: string, source: Buffer])[]> {
  const sources = new Map<string, Buffer>()
  const open = [root]
  for (let path = open.shift(); path !== undefined && sources.size < FILES_MAX; path = open.shift()) {
    if (sources.has(path)) continue
    const source = await readFile(path).catch((cause) => {
      throw new RuleError('rule', `${fromHere(path ?? root)}: it cannot be read`, { cause })
    })
    sources.set(path, source)
    for (const [, , target = ''] of source.toString('latin1').matchAll(RELATIVE)) {
      const found = await fileOf(resolve(dirname(path), Buffer.from(target, 'latin1').toString()))
      if (found !== undefined) open.push(found)
    }
  }
  return [...sources].sort(([a], [b]) => (a < b ? -1 : 1))
}

/** The file that an import means: as it stands, with an extension, of TypeScript where JavaScript is written, or a folder's index. */
async function fileOf(target: string): Promise<string | undefined> {
  const bare = target.replace(/\.([cm]?)js$/, '')
  const names = [target, ...[target, bare, `${target}/index`].flatMap((name) => MODULE_EXTENSIONS.map((e) => name + e))]
  for (const name of [...names, `${target}.json`]) {
    const path = await realpath(name).catch(() => undefined)
    if (path !== undefined && (await isFile(path))) return path
  }
  return undefined
}

const isFile = async (path: string): Promise<boolean> => (await stat(path).catch(() => undefined))?.isFile() === true

let version: string | null = null

/** Of this package; rules are run by its code too. */
function hobVersion(): string {
  version ??= (JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as { version: string })
    .version
  return version
}
