import { createHash } from 'node:crypto'
import { open } from 'node:fs/promises'
import { blobName } from '../../blob/blob-name.js'
import type { BlobStore } from '../../blob/blob-store.js'
import type { NamedBlob } from '../../blob/tag-records.js'

/** Bytes of a blob, but for the rest of its last line. */
const BLOB_BYTES = 64 * 1024 * 1024

const READ_BYTES = 1024 * 1024

const LF = 10

/** Where lines go, and when. */
export interface LinesPlace {
  readonly store: BlobStore
  /** By the clock of the kitchen's store. */
  readonly nowMs: number
}

/**
 * Stores a file of lines as blobs, cut at ends of lines. Done twice, it is the same blobs.
 *
 * @param name What their names begin with; of one run alone, for blobs of one name are one blob.
 */
export async function storeLines(
  { store, nowMs: taggedMs }: LinesPlace,
  file: string,
  name: string,
): Promise<readonly NamedBlob[]> {
  const blobs: NamedBlob[] = []
  const handle = await open(file)
  try {
    const { size } = await handle.stat()
    for (let from = 0; from < size; ) {
      const to = await lineEnd(handle, Math.min(size, from + BLOB_BYTES), size)
      const hash = createHash('sha256')
      let records = 0
      let digest = ''
      const content = async function* (): AsyncGenerator<Uint8Array> {
        for (let at = from; at < to; ) {
          const { buffer, bytesRead } = await handle.read(
            Buffer.alloc(READ_BYTES),
            0,
            Math.min(READ_BYTES, to - at),
            at,
          )
          if (bytesRead === 0) break
          const bytes = buffer.subarray(0, bytesRead)
          hash.update(bytes)
          for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, end + 1)) records++
          at += bytesRead
          yield bytes
        }
        digest = hash.digest('hex')
      }
      const index = blobs.length
      const stored = await store.put(
        () => blobName({ file: name, index, hash: digest, isCompressed: false }),
        content(),
      )
      const { storedBytes } = stored
      blobs.push({ name: stored.name, bytes: to - from, storedBytes, records, hash: digest, taggedMs })
      from = to
    }
  } finally {
    await handle.close()
  }
  return blobs
}

/** Behind the line that reaches beyond `at`. */
async function lineEnd(handle: Awaited<ReturnType<typeof open>>, at: number, size: number): Promise<number> {
  for (let from = at - 1; from < size; ) {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(READ_BYTES), 0, READ_BYTES, from)
    const end = buffer.subarray(0, bytesRead).indexOf(LF)
    if (end >= 0) return from + end + 1
    from += bytesRead
    if (bytesRead === 0) break
  }
  return size
}
