import type { BlobUnderTag } from './tag.js'

/** Blobs under tags, some at a time. */
export type BlobPages = AsyncIterable<readonly BlobUnderTag[]> | Iterable<readonly BlobUnderTag[]>

/** What is under one tag. */
export interface TagSummary {
  readonly tag: string
  readonly blobCount: number
  /** Of the contents, uncompressed. */
  readonly bytes: number
  readonly storedBytes: number
  /** null when nobody counted those of some blob. */
  readonly recordCount: number | null
  /** When the first and the last of them came under the tag, in milliseconds since 1970. */
  readonly oldestMs: number
  readonly newestMs: number
}

/** The summaries of tags, from blobs that come in the order of their tags. */
export async function summariesOf(pages: BlobPages): Promise<readonly TagSummary[]> {
  const byTag = new Map<string, TagSummary>()
  for await (const page of pages) {
    for (const blob of page) byTag.set(blob.tag, withBlob(byTag.get(blob.tag), blob))
  }
  return [...byTag.values()].sort((a, b) => (a.tag < b.tag ? -1 : 1))
}

function withBlob(sum: TagSummary | undefined, blob: BlobUnderTag): TagSummary {
  const { tag, bytes, storedBytes, records, taggedMs } = blob
  if (sum === undefined) {
    return { tag, blobCount: 1, bytes, storedBytes, recordCount: records, oldestMs: taggedMs, newestMs: taggedMs }
  }
  return {
    tag,
    blobCount: sum.blobCount + 1,
    bytes: sum.bytes + bytes,
    storedBytes: sum.storedBytes + storedBytes,
    recordCount: sum.recordCount === null || records === null ? null : sum.recordCount + records,
    oldestMs: Math.min(sum.oldestMs, taggedMs),
    newestMs: Math.max(sum.newestMs, taggedMs),
  }
}

/** In the order in which blobs came under their tag; those that came in one step, by name. */
export const inOrder = (blobs: readonly BlobUnderTag[]): readonly BlobUnderTag[] =>
  [...blobs].sort((a, b) => a.taggedMs - b.taggedMs || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0))
