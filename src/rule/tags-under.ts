import { type BlobUnderTag, TAG_PREFIX, type TaggedBlob } from '../blob/tag.js'
import type { KeptRecord, Records } from '../broker/records.js'
import { parseJson } from '../core/json.js'
import { allRecords } from '../queue/all-records.js'

/** The tags that begin with a prefix, each with its blobs. */
export async function tagsUnder(
  records: Pick<Records, 'records'>,
  prefix: string,
): Promise<ReadonlyMap<string, readonly BlobUnderTag[]>> {
  const tags = new Map<string, BlobUnderTag[]>()
  for (const record of await allRecords(records, `${TAG_PREFIX}${prefix}`)) {
    const blob = readTagged(record)
    // A prefix longer than the tag went on into the name of the blob.
    if (!blob.tag.startsWith(prefix)) continue
    const blobs = tags.get(blob.tag) ?? []
    blobs.push(blob)
    tags.set(blob.tag, blobs)
  }
  return tags
}

/** The blobs of one tag. */
export const blobsOf = async (records: Pick<Records, 'records'>, tag: string): Promise<readonly BlobUnderTag[]> =>
  (await allRecords(records, `${TAG_PREFIX}${tag}/`)).map(readTagged)

/** The tags that begin with a prefix, without reading what is under them: one small read for each. */
export async function tagNames(records: Pick<Records, 'records'>, prefix: string): Promise<readonly string[]> {
  const tags: string[] = []
  for (;;) {
    // `0` comes next after `/`: so this sorts behind all that is under the tag.
    const after = tags.length > 0 ? { after: `${TAG_PREFIX}${tags.at(-1)}0` } : {}
    const [first] = await records.records(`${TAG_PREFIX}${prefix}`, { countMax: 1, ...after })
    const tag = first && readTagged(first).tag
    if (tag === undefined || !tag.startsWith(prefix)) return tags
    tags.push(tag)
  }
}

function readTagged({ key, value }: KeptRecord): BlobUnderTag {
  const end = key.lastIndexOf('/')
  const kept = parseJson(value) as unknown as TaggedBlob
  return { ...kept, tag: key.slice(TAG_PREFIX.length, end), name: key.slice(end + 1) }
}
