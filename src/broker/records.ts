import type { JsonText } from '../core/json.js'

/** A small named document with a version. Tags, run states, locks, schedules, node presence are all records. */
export interface KeptRecord {
  /** Words joined by `/`, like `node/web1/4711`. */
  readonly key: string
  readonly value: JsonText
  /**
   * The kitchen numbers its puts, 1 for the first; this is the number of the put that made the value. So a version is
   * never used twice, not even for a record that was deleted and put again, and a holder can tell that it is no longer his.
   */
  readonly version: number
}

/** A change of one record, made through `JobStore.commit`. */
export interface RecordPut {
  readonly key: string
  /** null deletes it. */
  readonly value: JsonText | null
  /** The version that must stand there now, 0 for none; absent: whatever stands there. */
  readonly expected?: number
  /** Milliseconds after which it is gone by itself; absent: it stays. */
  readonly ttlMs?: number
}

/** A bound on one page of a listing. */
export interface Page {
  /** Only what sorts after this; absent: from the start. */
  readonly after?: string
  /** 1 to 10,000. */
  readonly countMax: number
}

/** The port of records; they change through `JobStore.commit`. */
export interface Records {
  record(key: string): Promise<KeptRecord | undefined>
  /** Records whose key begins with `prefix`, by the bytes of their keys. */
  records(prefix: string, page: Page): Promise<readonly KeptRecord[]>
}

/** What a record is watched by: the first word of its key; undefined for a key of one word, which nobody can watch. */
export function topicOf(key: string): string | undefined {
  const end = key.indexOf('/')
  return end < 0 ? undefined : key.slice(0, end)
}
