import { createHash } from 'node:crypto'
import { BlobError } from '../core/errors.js'
import { checkBlobName } from './blob-name.js'
import type { BlobStore } from './blob-store.js'
import { isPackingFault, unpacked } from './gzip.js'
import type { TaggedBlob } from './tag.js'

/**
 * The content of a blob, uncompressed, in pieces.
 *
 * @throws BlobError `missing` when there is none, `damaged` when it cannot be unpacked.
 */
export async function* readBlob(store: BlobStore, name: string): AsyncGenerator<Uint8Array> {
  const stored = await store.open(name)
  try {
    yield* checkBlobName(name).isCompressed ? unpacked(stored) : stored
  } catch (cause) {
    if (!isPackingFault(cause)) throw cause
    throw new BlobError('damaged', `blob ${name} is damaged: ${(cause as Error).message}`, {
      hint: 'hob blob verify finds all that are. Push its file again: that mends it.',
      cause,
    })
  }
}

/** How a blob was found when it was read again. */
export type BlobHealth = 'whole' | 'missing' | 'damaged'

/** Reads a blob and compares its hash with the one in its name. @param onBytes Called with the bytes of each piece. */
export async function healthOf(store: BlobStore, name: string, onBytes: (bytes: number) => void): Promise<BlobHealth> {
  const sha256 = createHash('sha256')
  try {
    for await (const piece of readBlob(store, name)) {
      sha256.update(piece)
      onBytes(piece.length)
    }
  } catch (cause) {
    if (cause instanceof BlobError && (cause.code === 'missing' || cause.code === 'damaged')) return cause.code
    throw cause
  }
  return sha256.digest('hex').startsWith(checkBlobName(name).hash) ? 'whole' : 'damaged'
}

/** What a tag says of a blob besides its name, found by reading it. @throws BlobError `missing`, `damaged`. */
export async function measure(store: BlobStore, name: string): Promise<Omit<TaggedBlob, 'taggedMs'>> {
  const sha256 = createHash('sha256')
  let bytes = 0
  for await (const piece of readBlob(store, name)) {
    sha256.update(piece)
    bytes += piece.length
  }
  const hash = sha256.digest('hex')
  if (!hash.startsWith(checkBlobName(name).hash)) {
    throw new BlobError('damaged', `blob ${name} is damaged: its content has another hash`)
  }
  const stored = await store.stat(name)
  return { bytes, storedBytes: stored?.storedBytes ?? 0, records: null, hash }
}
