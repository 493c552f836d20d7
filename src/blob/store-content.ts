import { createHash } from 'node:crypto'
import { blobName } from './blob-name.js'
import type { BlobStore } from './blob-store.js'
import { packed } from './gzip.js'
import type { NamedBlob } from './tag-records.js'

/** A blob that is stored, and under no tag by that. */
export type MadeBlob = Omit<NamedBlob, 'taggedMs'> & {
  /** When it was stored, on the store's clock. */
  readonly storedMs: number
}

/** What the name of a blob is made of besides its content. */
export interface BlobPlace {
  readonly file: string
  readonly index: number
  readonly compress: boolean
}

/** Stores content under the name that its hash gives it. @throws BlobError `full`, `denied`: nothing was stored. */
export async function storeContent(
  store: BlobStore,
  { file, index, compress }: BlobPlace,
  content: AsyncIterable<Uint8Array>,
): Promise<Omit<MadeBlob, 'records'>> {
  const sha256 = createHash('sha256')
  let bytes = 0
  let hash = ''
  async function* watched(): AsyncGenerator<Uint8Array> {
    for await (const piece of content) {
      sha256.update(piece)
      bytes += piece.length
      yield piece
    }
  }
  const nameAtEnd = (): string => {
    hash = sha256.digest('hex')
    return blobName({ file, index, hash, isCompressed: compress })
  }
  const { name, storedBytes, storedMs } = await store.put(nameAtEnd, compress ? packed(watched()) : watched())
  return { name, bytes, storedBytes, hash, storedMs }
}
