import type { Readable } from 'node:stream'

/** A blob as its store knows it. */
export interface StoredBlob {
  readonly name: string
  /** Bytes as they are stored, compressed or not. */
  readonly storedBytes: number
  /** When it was stored or last touched, in milliseconds since 1970 on the store's clock. */
  readonly storedMs: number
}

/** Bytes as they come. */
export type BlobContent = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/** What is left of calls that ended before their time. */
export interface Tidying {
  /** Only what nobody wrote to since then, in milliseconds since 1970. */
  readonly beforeMs: number
  /** Only counts. */
  readonly dryRun: boolean
}

/** A kitchen whose tags name blobs of a store. */
export interface StoreUser {
  /** Letters, digits, `_` and `-`: the same for as long as the kitchen lives. */
  readonly id: string
  /** How people would know the kitchen again, without secrets. */
  readonly label: string
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
   * @param name Or a function that is asked for it when the content has ended: its hash is part of it. When it or the content throws,
   * nothing was stored.
   * @throws BlobError `full`, `denied`: nothing was stored.
   */
  put(name: string | (() => string), content: BlobContent): Promise<StoredBlob>

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

  /** Milliseconds since 1970 on the store's clock, by which `storedMs` is: not that of this machine, which may be hours off. */
  nowMs(): Promise<number>

  /** All blobs, in no order. */
  list(): AsyncIterable<StoredBlob>

  /**
   * Removes a blob; one that is not there is removed already.
   *
   * @param sinceMs Not when it was stored or touched at this time or later. No touch comes between the look and the removal.
   * @returns Whether it is gone.
   */
  remove(name: string, sinceMs?: number): Promise<boolean>

  /** Clears what calls that died left half done, and answers how many pieces; mends a removal that died in the middle. */
  tidy(tidying: Tidying): Promise<number>

  /** Notes that tags of a kitchen name blobs here. */
  join(user: StoreUser): Promise<void>

  /** All kitchens that ever joined. */
  users(): Promise<readonly StoreUser[]>

  /** A folder for the intermediate files of runs, which every machine that shares the store sees. It may not be there yet. */
  readonly runsFolder: string
}
