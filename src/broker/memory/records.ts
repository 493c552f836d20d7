import type { Clock } from '../../core/clock.js'
import { type KeptRecord, type Page, type RecordPut, type Records, topicOf } from '../records.js'
import type { MemoryStore, StoredRecord } from './store.js'

type RecordMap = Map<string, StoredRecord>

/** The records of a memory kitchen. */
export class MemoryRecords implements Records {
  readonly #store: MemoryStore
  readonly #clock: Clock

  constructor(store: MemoryStore, clock: Clock) {
    this.#store = store
    this.#clock = clock
  }

  async record(key: string): Promise<KeptRecord | undefined> {
    const record = standing(this.#store.records, key, this.#clock.nowMs())
    return record && view(record)
  }

  async records(prefix: string, { after, countMax }: Page): Promise<readonly KeptRecord[]> {
    const nowMs = this.#clock.nowMs()
    const isWanted = ({ key, untilMs }: StoredRecord): boolean =>
      key.startsWith(prefix) && nowMs < untilMs && (after === undefined || byBytes(after, key) < 0)
    const found = [...this.#store.records.values()].filter(isWanted).sort((a, b) => byBytes(a.key, b.key))
    return found.slice(0, countMax).map(view)
  }
}

/** The version that stands there now; 0 for none. */
export const versionOf = (records: RecordMap, key: string, nowMs: number): number =>
  standing(records, key, nowMs)?.version ?? 0

/** Changes a record; the caller has looked for conflicts. */
export function putRecord(store: MemoryStore, { key, value, ttlMs }: RecordPut, nowMs: number): void {
  if (value === null) store.records.delete(key)
  else {
    const untilMs = nowMs + (ttlMs ?? Number.POSITIVE_INFINITY)
    store.records.set(key, { key, value, version: store.nextVersion(), untilMs })
  }
  const topic = topicOf(key)
  if (topic !== undefined) store.recordBell.ring(topic)
}

/** Forgets what is gone by itself, so that short-lived records do not pile up. */
export function dropExpired(records: RecordMap, nowMs: number): void {
  for (const { key, untilMs } of records.values()) if (untilMs <= nowMs) records.delete(key)
}

/** JavaScript sorts by UTF-16 units, which differs from bytes beyond the Basic Multilingual Plane. */
export const byBytes = (a: string, b: string): number => Buffer.compare(Buffer.from(a), Buffer.from(b))

function standing(records: RecordMap, key: string, nowMs: number): StoredRecord | undefined {
  const record = records.get(key)
  return record && nowMs < record.untilMs ? record : undefined
}

const view = ({ key, value, version }: StoredRecord): KeptRecord => ({ key, value, version })
