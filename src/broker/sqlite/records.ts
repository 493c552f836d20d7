import { type KeptRecord, type Page, type RecordPut, type Records, topicOf } from '../records.js'
import type { Sql } from './sql.js'
import type { Transaction } from './transaction.js'
import type { Writer } from './writer.js'

/** Sorts after every key that begins with the prefix: no valid text holds this code point. */
const AFTER_ALL = '\u{10ffff}'

/** Records on one SQLite file. */
export class SqliteRecords implements Records {
  readonly #writer: Writer
  readonly #sql: Sql
  readonly #nowMs: () => number

  constructor(writer: Writer, sql: Sql, nowMs: () => number) {
    this.#writer = writer
    this.#sql = sql
    this.#nowMs = nowMs
  }

  record(key: string): Promise<KeptRecord | undefined> {
    return this.#writer.read(() => this.#sql.record.get(key, this.#nowMs()) as KeptRecord | undefined)
  }

  records(prefix: string, { after = '', countMax }: Page): Promise<readonly KeptRecord[]> {
    return this.#writer.read(
      () => this.#sql.records.all(prefix, after, after, prefix + AFTER_ALL, this.#nowMs(), countMax) as KeptRecord[],
    )
  }
}

/** Whether one of the puts does not find the version that it expects. */
export function hasConflict({ sql, nowMs }: Transaction, puts: readonly RecordPut[]): boolean {
  return puts.some(({ key, expected }) => expected !== undefined && expected !== versionOf(sql, key, nowMs))
}

/** Changes the records; the caller has looked for conflicts. */
export function putRecords(transaction: Transaction, puts: readonly RecordPut[]): void {
  const { sql, nowMs } = transaction
  for (const { key, value, ttlMs } of puts) {
    if (value === null && sql.dropRecord.run(key).changes === 0) continue
    if (value !== null)
      sql.putRecord.run(key, value, transaction.drawVersion(), ttlMs === undefined ? null : nowMs + ttlMs)
    const topic = topicOf(key)
    if (topic !== undefined) transaction.noteChange(topic)
  }
}

/** 0 when there is none. */
function versionOf(sql: Sql, key: string, nowMs: number): number {
  const kept = sql.record.get(key, nowMs) as KeptRecord | undefined
  return kept?.version ?? 0
}
