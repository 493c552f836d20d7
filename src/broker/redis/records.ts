import type { KeptRecord, Page, Records } from '../records.js'
import type { Scripts } from './scripts.js'
import type { Writer } from './writer.js'

/** Records that one script reads, so that no other client waits long for it. */
const PART = 1_000

/** Records on Redis. */
export class RedisRecords implements Records {
  readonly #writer: Writer
  readonly #scripts: Scripts

  constructor(writer: Writer, scripts: Scripts) {
    this.#writer = writer
    this.#scripts = scripts
  }

  async record(key: string): Promise<KeptRecord | undefined> {
    const reply = (await this.#writer.read(this.#scripts.record, [key])) as readonly [number, string] | null
    if (reply === null) return undefined
    const [version, value] = reply
    return { key, version, value }
  }

  async records(prefix: string, { after, countMax }: Page): Promise<readonly KeptRecord[]> {
    const found: KeptRecord[] = []
    for (let last = after; found.length < countMax; last = found.at(-1)?.key) {
      const most = Math.min(PART, countMax - found.length)
      const part = await this.#part(prefix, last, most)
      found.push(...part)
      if (part.length < most) break
    }
    return found
  }

  async #part(prefix: string, after: string | undefined, most: number): Promise<readonly KeptRecord[]> {
    // By bytes, as the store sorts; JavaScript sorts by UTF-16 units.
    const isWithin = after !== undefined && Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0
    const from = isWithin ? `(${after}` : `[${prefix}`
    const words = (await this.#writer.read(this.#scripts.records, [from, prefix, most])) as readonly (string | number)[]
    const part: KeptRecord[] = []
    for (let at = 0; at < words.length; at += 3) {
      part.push({ key: String(words[at]), version: Number(words[at + 1]), value: String(words[at + 2]) })
    }
    return part
  }
}
