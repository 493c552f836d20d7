import { createHash } from 'node:crypto'
import { BlobError } from '../core/errors.js'
import { checkBlobName } from './blob-name.js'
import type { BlobStore } from './blob-store.js'
import { isPackingFault, unpacked } from './gzip.js'
import type { TaggedBlob } from './tag.js'

/**
 * The content of a blob, uncompressed, in pieces. Whoever reads it to its end knows that it is what was stored.
 *
 * @throws BlobError `missing` when there is none; `damaged` when it cannot be unpacked, or, at the end, when its hash is not the one in
 * its name.
 */
export async function* readBlob(store: BlobStore, name: string): AsyncGenerator<Uint8Array, ReadContent> {
  const { hash: expected, isCompressed } = checkBlobName(name)
  const stored = await store.open(name)
  const sha256 = createHash('sha256')
  let bytes = 0
  try {
    for await (const piece of isCompressed ? unpacked(stored) : stored) {
      sha256.update(piece)
      bytes += piece.length
      yield piece
    }
  } catch (cause) {
    if (isPackingFault(cause)) throw damaged(name, (cause as Error).message, cause)
    throw readFault(name, cause)
  }
  const hash = sha256.digest('hex')
  if (!hash.startsWith(expected)) throw damaged(name, 'its content is not what was stored')
  return { bytes, hash }
}

/** What was read. */
export interface ReadContent {
  readonly bytes: number
  readonly hash: string
}

/** How a blob was found when it was read again. */
export type BlobHealth = 'whole' | 'missing' | 'damaged'

/** Reads a blob and compares its hash with the one in its name. @param onBytes Called with the bytes of each piece. */
export async function healthOf(store: BlobStore, name: string, onBytes: (bytes: number) => void): Promise<BlobHealth> {
  try {
    for await (const piece of readBlob(store, name)) onBytes(piece.length)
    return 'whole'
  } catch (cause) {
    if (cause instanceof BlobError && (cause.code === 'missing' || cause.code === 'damaged')) return cause.code
    throw cause
  }
}

/** What a tag says of a blob besides its name, found by reading it. @throws BlobError `missing`, `damaged`. */
export async function measure(store: BlobStore, name: string): Promise<Omit<TaggedBlob, 'taggedMs'>> {
  const content = readBlob(store, name)
  let next = await content.next()
  while (!next.done) next = await content.next()
  const stored = await store.stat(name)
  return { ...next.value, storedBytes: stored?.storedBytes ?? 0, records: null }
}

/** What a disk said in the middle of a blob; an error that is no disk's stays what it is. */
function readFault(name: string, cause: unknown): unknown {
  const isOfSystem = cause instanceof Error && (cause as NodeJS.ErrnoException).syscall !== undefined
  return isOfSystem ? new BlobError('fault', `cannot read blob ${name}: ${cause.message}`, { cause }) : cause
}

const damaged = (name: string, says: string, cause?: unknown): BlobError =>
  new BlobError('damaged', `blob ${name} is damaged: ${says}`, {
    hint: 'hob blob verify finds all that are. Push or chunk its file again: that mends it.',
    cause,
  })
