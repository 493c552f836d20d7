import type { Readable } from 'node:stream'

/** A blob as its store knows it. */
export interface StoredBlob {
  readonly name: string
  /** Bytes as they are stored, compressed or not. */
  readonly storedBytes: number
  /** When it was stored or last touched, in milliseconds since 1970 on the store's clock. */
  readonly storedMs: number
}

/**
 * The port to what keeps blobs: immutable pieces of content under names that nobody uses twice.
 *
 * A name is `FILE-INDEX-HASH` with `.gz` when it is compressed (`blob-name.ts`); whoever has the name can check the content.
 */
export interface BlobStore {
  /** `file:/srv/blobs`: opened again from this URL, by another thread or process, it is the same store. */
  readonly url: string

  /**
   * Stores content under a name: whole or not at all, and durable when it resolves. A name that is there already keeps its
   * content, which is the same, and counts as stored now.
   *
   * @throws BlobError `full`, `denied`: nothing was stored.
   */
  put(name: string, content: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<StoredBlob>

  /**
   * The stored bytes of a blob, or of `start` to before `end`.
   *
   * @throws BlobError `missing` when there is none.
   */
  open(name: string, range?: { readonly start: number; readonly end: number }): Promise<Readable>

  /** The file that holds a blob, for what can only read files; undefined when this store has none. */
  pathOf(name: string): string | undefined

  stat(name: string): Promise<StoredBlob | undefined>

  /** Counts a blob as stored now, so that no collection takes it while it is being tagged. False: it is not there. */
  touch(name: string): Promise<boolean>

  /** All blobs, in no order. */
  list(): AsyncIterable<StoredBlob>

  /** Removes a blob; one that is not there is removed already. */
  remove(name: string): Promise<void>

  /** A folder for the intermediate files of runs, which every machine that shares the store sees. It may not be there yet. */
  readonly runsFolder: string
}
