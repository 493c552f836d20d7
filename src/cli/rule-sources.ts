import { stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { BlobUnderTag } from '../blob/tag.js'
import { tagsWithPrefix } from '../blob/tag-records.js'
import type { Records } from '../broker/records.js'
import { systemClock } from '../core/clock.js'
import { fromHere } from '../rule/import-module.js'
import type { Params, RuleDefinition } from '../rule/rule.js'
import type { RunBlob } from '../rule/run-record.js'
import { selectBlobs } from '../rule/source-blobs.js'
import { CliError } from './cli-error.js'
import { didYouMean } from './did-you-mean.js'
import { fileError } from './file-error.js'
import { inputFile } from './input-file.js'
import { endingAtOnce } from './interrupt.js'
import { within } from './loading-limit.js'
import type { NamedRule } from './rule-module.js'
import { thereAre } from './rule-place.js'
import type { Terminal } from './terminal.js'

/** What the command line says of the input, in place of what the rule says. */
export interface SourceOptions {
  readonly sourceTags: readonly string[]
  /** Paths and `file:` URLs. */
  readonly files: readonly string[]
  readonly dayStart: string | undefined
  readonly dayRange: number | undefined
  readonly dayOffset: number | undefined
}

/** The blobs of one rule: that which is run, or one whose results it reads. */
export interface TagSource {
  readonly rule: string
  readonly prefixes: readonly string[]
  readonly tags: readonly string[]
  readonly blobs: readonly BlobUnderTag[]
  /** Blobs that wait to be run; `blobs` are at most `maxBlobs` of them. */
  readonly waiting: number
  readonly minBlobs: number
}

/** All that a run would read. */
export interface Sources {
  readonly tags: readonly TagSource[]
  readonly blobs: readonly RunBlob[]
  /** Absolute paths. */
  readonly files: readonly string[]
  /** Those that the rules read which feed it: a run asks for them itself. */
  readonly fedFiles: readonly string[]
  readonly bytes: number
}

/**
 * Finds what a run would read. Tags or files of the command line take the place of all that the rule names.
 *
 * @param records Asked for only where tags are read.
 * @throws CliError `usage` for a URL that is no file, `failed` for a file that cannot be read and for a tag that is not there.
 */
export async function sourcesOf(
  { definition, address }: NamedRule,
  options: SourceOptions & { readonly params: Params; readonly terminal: Terminal },
  records: () => Promise<Pick<Records, 'records'>>,
): Promise<Sources> {
  const { sourceTags, files, terminal, params } = options
  const isGiven = sourceTags.length + files.length > 0
  const named = isGiven ? files.filter((name) => name !== '-') : await urlsOf(definition, params)
  const fed = isGiven ? [] : await fedUrls(definition, params)
  // What the command line names stands here; what the rule names, beside its module.
  const folder = isGiven ? '.' : dirname(address.module)
  const paths = await filesOf(named, folder, terminal)
  const fedPaths = await filesOf(fed, folder, terminal)
  const found = isGiven
    ? await underTags({ ...definition, sourceTags, sourceRules: [] }, '', options, records)
    : await underTags(definition, '', options, records)
  const blobs = found.flatMap(({ source, blobs }) =>
    blobs.map(({ tag, name }) => ({ tag, name, ...(source !== '' && { source }) })),
  )
  const bytes = found.flatMap(({ blobs }) => blobs).reduce((sum, blob) => sum + blob.bytes, 0)
  return {
    tags: found,
    blobs,
    files: paths.map(({ path }) => path),
    fedFiles: fedPaths.map(({ path }) => path),
    bytes: [...paths, ...fedPaths].reduce((sum, file) => sum + file.bytes, bytes),
  }
}

/** As long as a run waits for one. */
const STALL_MS = 300_000

async function urlsOf({ name, options, params: own }: RuleDefinition, given: Params): Promise<readonly string[]> {
  const { sourceUrls = [], stallMs = STALL_MS } = options
  if (typeof sourceUrls !== 'function') return sourceUrls
  return endingAtOnce(() => within(`sourceUrls of rule ${name}`, async () => sourceUrls({ ...own, ...given }), stallMs))
}

/** Those of the rules that feed it, and of those that feed these. */
async function fedUrls({ sourceRules }: RuleDefinition, params: Params): Promise<readonly string[]> {
  const urls: string[] = []
  for (const each of sourceRules) urls.push(...(await urlsOf(each, params)), ...(await fedUrls(each, params)))
  return urls
}

interface FoundFile {
  readonly path: string
  readonly bytes: number
}

async function filesOf(names: readonly string[], folder: string, terminal: Terminal): Promise<readonly FoundFile[]> {
  const found: FoundFile[] = []
  for (const name of names) found.push(await fileOf(name, folder, terminal))
  return found
}

async function fileOf(name: string, folder: string, terminal: Terminal): Promise<FoundFile> {
  const path = resolve(folder, pathOf(name))
  try {
    await inputFile(path, terminal)
    const found = await stat(path)
    if (found.isFile()) return { path, bytes: found.size }
    throw new CliError('usage', `${name} is no file that can be read in parts, by several threads`, {
      hint: 'Give it as standard input: hob rule run RULE - < FILE, or COMMAND | hob rule run RULE -',
    })
  } catch (error) {
    throw error instanceof CliError && error.code === 'failed'
      ? fileError('read', folder === '.' ? name : fromHere(path), error.cause, error.hint)
      : error
  }
}

function pathOf(name: string): string {
  const [, scheme] = /^([a-z][a-z0-9+.-]+):\/\//i.exec(name) ?? []
  if (name.startsWith('file:')) {
    try {
      return fileURLToPath(name)
    } catch (cause) {
      throw new CliError('usage', `'${name}' names no file`, { hint: 'Write it like file:///srv/people.json.', cause })
    }
  }
  if (scheme === undefined) return name
  throw new CliError('usage', `${name} is no file`, { hint: `Fetch it first: curl -s ${name} | hob rule run … -` })
}

async function underTags(
  rule: RuleDefinition,
  source: string,
  options: SourceOptions,
  records: () => Promise<Pick<Records, 'records'>>,
): Promise<readonly (TagSource & { readonly source: string })[]> {
  const nested = await Promise.all(
    rule.sourceRules.map((each) =>
      underTags(each, source === '' ? each.name : `${source}/${each.name}`, options, records),
    ),
  )
  if (rule.sourceTags.length === 0) return nested.flat()
  const { dayStart, dayRange, dayOffset } = options
  const store = await records()
  const { chosen, tags, waiting } = await selectBlobs(store, rule, {
    nowMs: systemClock.nowMs(),
    tags: rule.sourceTags,
    ...(dayStart !== undefined && { dayStart }),
    ...(dayRange !== undefined && { dayRange }),
    ...(dayOffset !== undefined && { dayOffset }),
  })
  if (tags.length === 0) throw await noTag(rule.sourceTags, store)
  const own = { rule: rule.name, prefixes: rule.sourceTags, tags, blobs: chosen, waiting, minBlobs: rule.minBlobs }
  return [...nested.flat(), { ...own, source }]
}

async function noTag(prefixes: readonly string[], store: Pick<Records, 'records'>): Promise<CliError> {
  const there = await tagsWithPrefix(store, '')
  const [prefix = ''] = prefixes
  const hint =
    there.length === 0
      ? 'There are no tags: hob blob chunk TAG FILE makes one. Or name files: -u people.json; - is standard input.'
      : `${didYouMean(prefix, there)}${thereAre(there)} Or name files: -u people.json; - is standard input.`
  return new CliError('failed', `there are no blobs under ${prefixes.join(', ')}`, { hint })
}
