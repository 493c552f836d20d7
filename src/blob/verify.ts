import type { BlobStore } from './blob-store.js'
import { healthOf } from './read-blob.js'
import type { BlobPages } from './tag-summary.js'

/** A blob that is not what it should be, and every tag that it is under. */
export interface BadBlob {
  readonly name: string
  readonly tags: readonly string[]
}

/** What reading blobs again found. */
export interface Verified {
  readonly checkedCount: number
  readonly missing: readonly BadBlob[]
  readonly damaged: readonly BadBlob[]
}

/** Reads each blob once, however many tags it is under. */
export async function verify(store: BlobStore, pages: BlobPages, onBytes: (bytes: number) => void): Promise<Verified> {
  const tagsOf = new Map<string, string[]>()
  for await (const page of pages) {
    for (const { name, tag } of page) {
      const tags = tagsOf.get(name)
      if (tags === undefined) tagsOf.set(name, [tag])
      else if (!tags.includes(tag)) tags.push(tag)
    }
  }
  const bad: { readonly missing: BadBlob[]; readonly damaged: BadBlob[] } = { missing: [], damaged: [] }
  for (const [name, tags] of tagsOf) {
    const health = await healthOf(store, name, onBytes)
    if (health !== 'whole') bad[health].push({ name, tags })
  }
  return { checkedCount: tagsOf.size, ...bad }
}
