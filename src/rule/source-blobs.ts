import type { BlobUnderTag } from '../blob/tag.js'
import { blobsOf, tagsWithPrefix } from '../blob/tag-records.js'
import type { Records } from '../broker/records.js'
import { ARCHIVE_PREFIX, beginsWithPart, REJECTED_PREFIX } from './archive-tag.js'
import { archivedAmong } from './archived-among.js'
import { dayOf, isInRange } from './day-range.js'
import type { RuleDefinition } from './rule.js'
import { RUN_BLOBS_MAX } from './run-record.js'

/** What is asked of the tags. */
export interface BlobRequest {
  /** By it today is known. */
  readonly nowMs: number
  /** Instead of the rule's own, as are those below. */
  readonly tags?: readonly string[]
  readonly dayStart?: string
  readonly dayRange?: number
  readonly dayOffset?: number
}

/** The blobs that a run of a rule would take. */
export interface BlobSelection {
  /** In the order in which they are taken, at most `maxBlobs`. Each once, under the tag that it came under first. */
  readonly chosen: readonly BlobUnderTag[]
  /** Blobs under the tags, each counted once. */
  readonly found: number
  /** Those among them that were archived before. */
  readonly processed: number
  /** Those that wait to be run: found, and not archived. */
  readonly waiting: number
  /** The tags that the prefixes match, sorted. */
  readonly tags: readonly string[]
}

type SourceRule = Pick<RuleDefinition, 'options' | 'sourceTags' | 'maxBlobs'>

/**
 * Finds the blobs that a run of a rule would take.
 *
 * Its source tags are prefixes; with `dayRange`, only tags that end with a day of the range count. A prefix never matches tags of rejected
 * records or of the archive, unless it names them by their whole first part. A rule that archives leaves out what stands under an archive
 * tag of its prefixes, or under the newest `archiveLookback` of them.
 *
 * @throws KitchenError when the store fails. ArgumentError for a prefix that no tag can begin with.
 */
export async function selectBlobs(
  records: Pick<Records, 'records'>,
  rule: SourceRule,
  request: BlobRequest,
): Promise<BlobSelection> {
  const prefixes = request.tags ?? rule.sourceTags
  const under = await blobsOfSources(records, rule, { ...request, tags: prefixes })
  const found = onceEach(under.values(), rule.options.newestFirst === true)
  const archived = await archivedAmong(records, rule, {
    prefixes,
    tags: [...under.keys()],
    names: found.map(({ name }) => name),
  })
  const waiting = found.filter(({ name }) => !archived.has(name))
  return {
    chosen: waiting.slice(0, Math.min(rule.maxBlobs, RUN_BLOBS_MAX)),
    found: found.length,
    processed: found.length - waiting.length,
    waiting: waiting.length,
    tags: [...under.keys()].sort(),
  }
}

async function blobsOfSources(
  records: Pick<Records, 'records'>,
  { options }: SourceRule,
  request: BlobRequest & { readonly tags: readonly string[] },
): Promise<ReadonlyMap<string, readonly BlobUnderTag[]>> {
  const days = {
    dayRange: request.dayRange ?? options.dayRange ?? 0,
    dayOffset: request.dayOffset ?? options.dayOffset ?? 0,
    dayStart: request.dayStart ?? options.dayStart ?? dayOf(request.nowMs),
  }
  const reserved = [REJECTED_PREFIX, options.archiveTagPrefix ?? ARCHIVE_PREFIX]
  const all = new Map<string, readonly BlobUnderTag[]>()
  for (const prefix of new Set(request.tags)) {
    const kept = reserved.filter((part) => !beginsWithPart(prefix, part))
    for (const tag of await tagsWithPrefix(records, prefix)) {
      if (all.has(tag) || kept.some((part) => beginsWithPart(tag, part))) continue
      if (days.dayRange === 0 || isInRange(tag, days)) all.set(tag, await blobsOf(records, tag))
    }
  }
  return all
}

/** By when they came, and by name where that is the same, so that each look gives the same order. */
function onceEach(tags: Iterable<readonly BlobUnderTag[]>, newestFirst: boolean): readonly BlobUnderTag[] {
  const first = new Map<string, BlobUnderTag>()
  for (const blob of [...tags].flat()) {
    const other = first.get(blob.name)
    if (other === undefined || compare(blob, other) < 0) first.set(blob.name, blob)
  }
  const sorted = [...first.values()].sort(compare)
  return newestFirst ? sorted.reverse() : sorted
}

function compare(a: BlobUnderTag, b: BlobUnderTag): number {
  if (a.taggedMs !== b.taggedMs) return a.taggedMs - b.taggedMs
  if (a.name !== b.name) return a.name < b.name ? -1 : 1
  return a.tag < b.tag ? -1 : a.tag > b.tag ? 1 : 0
}
