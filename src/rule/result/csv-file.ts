import { closeSync, openSync, writeSync } from 'node:fs'

const BUFFER_CHARS = 256 * 1024

/** A CSV file that is written for DuckDB to read: every text quoted, null as `\N`. Written at once, in the thread that makes it. */
export class CsvFile {
  readonly path: string
  readonly #handle: number
  #buffer = ''
  #bytes = 0

  constructor(path: string) {
    this.path = path
    this.#handle = openSync(path, 'w')
  }

  add(fields: readonly (string | number | null)[]): void {
    let line = ''
    for (const field of fields) {
      line += line === '' ? '' : ','
      line += typeof field === 'string' ? `"${field.replaceAll('"', '""')}"` : (field ?? '\\N')
    }
    this.#buffer += `${line}\n`
    if (this.#buffer.length > BUFFER_CHARS) this.#flush()
  }

  /** Ends it; answers its bytes. */
  close(): number {
    this.#flush()
    closeSync(this.#handle)
    return this.#bytes
  }

  #flush(): void {
    const bytes = Buffer.from(this.#buffer)
    for (let from = 0; from < bytes.length; ) from += writeSync(this.#handle, bytes, from)
    this.#bytes += bytes.length
    this.#buffer = ''
  }
}
