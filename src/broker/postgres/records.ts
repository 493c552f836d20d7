import type { KeptRecord, Page, Records } from '../records.js'
import type { Reader } from './reader.js'
import { fromStored } from './text.js'

/** Sorts after every key that begins with the prefix: no valid text holds this code point. */
const AFTER_ALL = '\u{10ffff}'

/** Records on PostgreSQL; they change through `commit`. */
export class PostgresRecords implements Records {
  readonly #reader: Reader

  constructor(reader: Reader) {
    this.#reader = reader
  }

  async record(key: string): Promise<KeptRecord | undefined> {
    const [row] = await this.#reader.rows<KeptRecord>('record', [key])
    return row && kept(row)
  }

  async records(prefix: string, { after = '', countMax }: Page): Promise<readonly KeptRecord[]> {
    const rows = await this.#reader.rows<KeptRecord>('records', [prefix, after, prefix + AFTER_ALL, countMax])
    return rows.map(kept)
  }
}

const kept = ({ key, value, version }: KeptRecord): KeptRecord => ({ key, value: fromStored(value), version })
