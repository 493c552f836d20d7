import { tagKey, tagsWithPrefix } from '../blob/tag-records.js'
import type { Records } from '../broker/records.js'
import { BATCH_MAX } from '../core/limits.js'
import { ARCHIVE_PREFIX, archiveTagOf, beginsWithPart, newestTags } from './archive-tag.js'
import type { RuleDefinition } from './rule.js'

/** Of so few blobs each is asked for; of more, all that a tag has is read. An archive of years has a thousand times as many. */
const FEW = 50

/** The blobs of a rule, and how they were found. */
export interface Candidates {
  /** Prefixes of its source tags. */
  readonly prefixes: readonly string[]
  /** The tags that those match. */
  readonly tags: readonly string[]
  readonly names: readonly string[]
}

/**
 * Those among some blobs that a rule has archived: none for a rule that does not. Looks first where a blob of each tag would be, and
 * stops when none is left, since in most looks of a daemon all have been counted.
 */
export async function archivedAmong(
  records: Pick<Records, 'records'>,
  { options }: Pick<RuleDefinition, 'options'>,
  { prefixes, tags, names }: Candidates,
): Promise<ReadonlySet<string>> {
  const archived = new Set<string>()
  if (options.archive !== true || names.length === 0) return archived
  const { archiveTagPrefix = ARCHIVE_PREFIX, archiveLookback = 0 } = options
  const own = new Set(tags.map((tag) => archiveTagOf(tag, archiveTagPrefix)))
  const left = new Set(names)
  const isOwn = (tag: string): number => (own.has(tag) ? 0 : 1)
  const looked = await archiveTags(records, { prefixes, archiveTagPrefix, archiveLookback })
  for (const tag of looked.sort((a, b) => isOwn(a) - isOwn(b))) {
    if (left.size === 0) break
    for (const name of left.size > FEW ? await namesUnder(records, tag) : await namesAt(records, tag, [...left])) {
      if (left.delete(name)) archived.add(name)
    }
  }
  return archived
}

interface ArchiveRequest {
  readonly prefixes: readonly string[]
  readonly archiveTagPrefix: string
  readonly archiveLookback: number
}

async function archiveTags(
  records: Pick<Records, 'records'>,
  { prefixes, archiveTagPrefix, archiveLookback }: ArchiveRequest,
): Promise<string[]> {
  const found = new Set<string>()
  for (const archive of new Set(prefixes.map((prefix) => archiveTagOf(prefix, archiveTagPrefix)))) {
    // Of a source prefix without `:` the archive is the bare prefix, which `processed2` begins with too.
    const tags = (await tagsWithPrefix(records, archive)).filter((tag) => beginsWithPart(tag, archiveTagPrefix))
    for (const tag of archiveLookback > 0 ? newestTags(tags, archiveLookback) : tags) found.add(tag)
  }
  return [...found]
}

/** The names of all blobs under a tag. What the tag says of them is not parsed. */
async function namesUnder(records: Pick<Records, 'records'>, tag: string): Promise<readonly string[]> {
  const prefix = tagKey(tag, '')
  const names: string[] = []
  for (let after: string | undefined; ; ) {
    const page = await records.records(prefix, { countMax: BATCH_MAX, ...(after !== undefined && { after }) })
    for (const { key } of page) names.push(key.slice(prefix.length))
    after = page.at(-1)?.key
    if (page.length < BATCH_MAX) return names
  }
}

/** Those of some blobs that a tag has. */
async function namesAt(
  records: Pick<Records, 'records'>,
  tag: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const found = await Promise.all(
    names.map(async (name) => {
      const key = tagKey(tag, name)
      // Of all keys that begin with it, the key itself comes first.
      const [record] = await records.records(key, { countMax: 1 })
      return record?.key === key
    }),
  )
  return names.filter((_, at) => found[at] === true)
}
