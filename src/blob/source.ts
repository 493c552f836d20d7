import { createReadStream } from 'node:fs'
import { BlobError, HobError } from '../core/errors.js'
import { isPackingFault, unpackedIfPacked } from './gzip.js'

/** What becomes blobs: bytes, and the name of the file that they are. */
export interface BlobSource {
  /** A path, whose last part goes into the names of the blobs; its extension tells the format. */
  readonly name: string
  readonly chunks: AsyncIterable<Uint8Array>
}

/** Bytes of a file at a time. */
const READ_BYTES = 256 * 1024

/** A file by its path. */
export const fileSource = (path: string): BlobSource => ({
  name: path,
  chunks: createReadStream(path, { highWaterMark: READ_BYTES }),
})

/** The bytes of a source, unpacked when they are gzip's. @throws BlobError `input` that names it. */
export async function* readSource({ name, chunks }: BlobSource): AsyncGenerator<Uint8Array> {
  try {
    yield* unpackedIfPacked(chunks)
  } catch (cause) {
    // An abort is the caller's own.
    if (!(cause instanceof Error) || cause instanceof HobError || cause.name === 'AbortError') throw cause
    const message = isPackingFault(cause)
      ? `cannot unpack ${name}: ${cause.message}`
      : `cannot read ${name}: ${cause.message}`
    const hint = isPackingFault(cause) ? 'It begins as gzip does: is it cut off, or damaged?' : undefined
    throw new BlobError('input', message, { ...(hint !== undefined && { hint }), cause })
  }
}
