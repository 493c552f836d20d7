import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Records } from '../../broker/records.js'
import { ArgumentError } from '../../core/errors.js'
import type { RuleDefinition } from '../rule.js'
import type { RunBlob } from '../run-record.js'
import { RUN_BLOBS_MAX } from '../run-record.js'
import { selectBlobs } from '../source-blobs.js'
import type { LoadedRule } from './rules-folder.js'

/** What a run of a rule would read now. */
export interface Gathered {
  /** In the order in which they are taken; those of source rules say so. */
  readonly blobs: readonly RunBlob[]
  /** Absolute paths. */
  readonly files: readonly string[]
  /** Those of its source rules: a run asks for them itself. */
  readonly fedFiles: readonly string[]
  /** The newest change of all these files, in milliseconds since 1970; 0 without any. */
  readonly filesChangedMs: number
  /** Blobs that wait for it, and for its source rules. */
  readonly have: number
  /** Blobs that must wait before it runs; 0 for one that reads files only. */
  readonly need: number
  /** Prefixes of tags that it reads, those of its source rules too. */
  readonly sources: readonly string[]
  /** Why that cannot be known; null when it is. */
  readonly fault: string | null
}

/**
 * Finds what a rule would read: the blobs of its tags and of its source rules' tags, and its files.
 *
 * @throws KitchenError when the store fails.
 */
export async function gather(
  records: Pick<Records, 'records'>,
  { definition, module }: Pick<LoadedRule, 'definition' | 'module'>,
  nowMs: number,
): Promise<Gathered> {
  const blobs: RunBlob[] = []
  let have = 0
  const rules = withSources(definition)
  const sources = [...new Set(rules.flatMap(({ rule }) => rule.sourceTags))]
  const found = { blobs, sources, need: sources.length > 0 ? definition.minBlobs : 0 }
  try {
    for (const { rule, source } of rules) {
      const { chosen, waiting } = await selectBlobs(records, rule, { nowMs })
      have += waiting
      for (const { tag, name } of chosen) {
        if (blobs.length < RUN_BLOBS_MAX) blobs.push(source === '' ? { tag, name } : { tag, name, source })
      }
    }
  } catch (error) {
    if (!(error instanceof ArgumentError)) throw error
    return { ...found, have, ...NO_FILES, fault: error.message }
  }
  return { ...found, have, ...(await filesOf(rules, module)) }
}

/** Files of a rule, and of those that feed it. */
type Files = Pick<Gathered, 'files' | 'fedFiles' | 'filesChangedMs' | 'fault'>

const NO_FILES: Files = { files: [], fedFiles: [], filesChangedMs: 0, fault: null }

/** A rule and those that feed it, each with its place below the first: `per_day/per_hour`. A rule is made after its sources, so this ends. */
function withSources(
  rule: RuleDefinition,
  source = '',
): readonly { readonly rule: RuleDefinition; readonly source: string }[] {
  const placeOf = ({ name }: RuleDefinition): string => (source === '' ? name : `${source}/${name}`)
  return [{ rule, source }, ...rule.sourceRules.flatMap((each) => withSources(each, placeOf(each)))]
}

async function filesOf(rules: ReturnType<typeof withSources>, module: string): Promise<Files> {
  const [files, fedFiles]: [string[], string[]] = [[], []]
  for (const { rule, source } of rules) {
    const { sourceUrls } = rule.options
    try {
      const urls = typeof sourceUrls === 'function' ? await sourceUrls(rule.params) : (sourceUrls ?? [])
      const into = source === '' ? files : fedFiles
      into.push(...urls.map((url) => resolve(dirname(module), pathOf(url))))
    } catch (error) {
      return { ...NO_FILES, fault: faultText(source, error) }
    }
  }
  try {
    const changes = await Promise.all([...files, ...fedFiles].map(changedMs))
    return { files, fedFiles, filesChangedMs: Math.max(0, ...changes), fault: null }
  } catch (error) {
    return { ...NO_FILES, fault: faultText('', error) }
  }
}

/** The user's function threw, or gave what is no list of files; or one of them is not there. */
const faultText = (source: string, error: unknown): string =>
  `${source === '' ? 'its sourceUrls' : `sourceUrls of ${source}`}: ${error instanceof Error ? error.message : error}`

function pathOf(url: string): string {
  if (url.startsWith('file:')) return fileURLToPath(url)
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(url)) throw new Error(`${url} is no file`)
  return url
}

async function changedMs(file: string): Promise<number> {
  const found = await stat(file).catch((cause) => {
    throw new Error(`there is no file ${file}`, { cause })
  })
  return found.mtimeMs
}
