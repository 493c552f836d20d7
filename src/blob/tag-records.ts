import type { KeptRecord, RecordPut, Records } from '../broker/records.js'
import { eachPage } from './each-page.js'
import { type BlobUnderTag, TAG_PREFIX, type TaggedBlob } from './tag.js'
import { checkDerivedTagName, checkTagPrefix } from './tag-name.js'

/** A blob by its name, with what a tag says of it. */
export interface NamedBlob extends TaggedBlob {
  readonly name: string
}

/** The record of a blob under a tag. */
export const tagKey = (tag: string, name: string): string => `${TAG_PREFIX}${tag}/${name}`

/**
 * What puts blobs under a tag, for a `commit` of the caller's. The names of the blobs must be in their store, touched since it can be
 * sure of that (`BlobStore.touch`); those that another tag or a run of the caller's reaches are.
 *
 * @param blobs As a tag that has them says; at most 10,000 puts fit into one commit.
 * @throws ArgumentError when it is no name of a tag.
 */
export function tagPuts(tag: string, blobs: readonly NamedBlob[]): RecordPut[] {
  checkDerivedTagName(tag)
  return blobs.map(({ name, bytes, storedBytes, records, hash, taggedMs }) => {
    const value: TaggedBlob = { bytes, storedBytes, records, hash, taggedMs }
    return { key: tagKey(tag, name), value: JSON.stringify(value) }
  })
}

/** What takes blobs off a tag, for a `commit` of the caller's; one that it does not have is off it already. */
export const untagPuts = (tag: string, names: readonly string[]): RecordPut[] =>
  names.map((name) => ({ key: tagKey(tag, name), value: null }))

/**
 * The blobs of all tags that begin with `tagPrefix`, by the bytes of tag and name, page by page: a kitchen may know millions. A blob
 * under two of them comes twice.
 */
export async function* pagesUnder(
  records: Pick<Records, 'records'>,
  tagPrefix: string,
): AsyncGenerator<readonly BlobUnderTag[]> {
  checkTagPrefix(tagPrefix)
  for await (const page of eachPage(records, `${TAG_PREFIX}${tagPrefix}`)) yield page.map(underTag)
}

/** The blobs of one tag, by the bytes of their names. */
export async function blobsOf(records: Pick<Records, 'records'>, tag: string): Promise<readonly BlobUnderTag[]> {
  checkDerivedTagName(tag)
  const found: BlobUnderTag[] = []
  for await (const page of eachPage(records, tagKey(tag, ''))) found.push(...page.map(underTag))
  return found
}

/** The names of all tags that begin with `prefix`, sorted. Takes a look at the kitchen for each, however many blobs it has. */
export async function tagsWithPrefix(records: Pick<Records, 'records'>, prefix: string): Promise<readonly string[]> {
  checkTagPrefix(prefix)
  const tags: string[] = []
  for (let after: string | undefined; ; ) {
    const [next] = await records.records(`${TAG_PREFIX}${prefix}`, {
      countMax: 1,
      ...(after !== undefined && { after }),
    })
    if (next === undefined) return tags.sort()
    const { tag } = underTag(next)
    tags.push(tag)
    // `0` is the character after `/`: past all blobs of this tag, and before all other tags that come after it.
    after = `${TAG_PREFIX}${tag}0`
  }
}

function underTag({ key, value }: KeptRecord): BlobUnderTag {
  const end = key.indexOf('/', TAG_PREFIX.length)
  const tag = key.slice(TAG_PREFIX.length, end)
  return { tag, name: key.slice(end + 1), ...(JSON.parse(value) as TaggedBlob) }
}
