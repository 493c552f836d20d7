import { RuleError } from '../../core/errors.js'
import { RAW_JSON } from '../groups/raw-text.js'
import type { Parts } from '../rule.js'
import { startWasm } from '../wasm-program.js'

/** What scan/rows.ts exports. Places are bytes of its memory; its booleans are numbers. */
interface RowsProgram {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Where names are written, one behind the other, and how many bytes have room. */
  readonly input: Exported
  readonly INPUT_BYTES: Exported
  /** Where lines are written, and how many bytes have room. */
  readonly block: Exported
  readonly ROOM: Exported
  /** What stands for a line that holds nothing. */
  readonly BLANK: Exported
  readonly TEXTS_MAX: Exported

  start(): number
  clearKeys(): void
  addKey(name: number, length: number): void
  setNames(count: number): void
  forget(): void
  read(from: number, length: number): number
  /** 0 at the end, 1 before a line for others, 2 when what it found must be taken first. */
  readonly stopped: Exported
  /** Of each line: a bit for each name that it has, or `BLANK`; where it ends; the numbers of its texts. All are u32. */
  readonly rows: Exported
  readonly rowsEnd: Exported
  /** Of each new text: where it begins, and its length. Both are u32. */
  readonly added: Exported
  readonly addedCount: Exported
  readonly textCount: Exported
}

/** A number that the program exports. */
interface Exported {
  readonly value: number
}

/** Beside this file; the bundled command line finds it by another way (scripts/bundle.mjs). */
const FILE = new URL('./rows.wasm', import.meta.url)

/** Bytes of a block at least: for a few lines it is not worth the start of a program. */
const BLOCK_BYTES_MIN = 16 * 1024

const ODD = 1

/** What takes the lines of a block, in their order. */
export interface RowTaker {
  /** @param end The byte behind its line. */
  record(parts: Parts, end: number): void
  blank(end: number): void
  /** A line that must be parsed. @param from The byte where it begins. @returns The byte behind it. */
  odd(from: number): number
}

/** What came of a block. */
export interface RowTally {
  lines: number
  /** Lines that had to be parsed. */
  odd: number
  /** Texts of the others. */
  texts: number
  /** Those that had not come before. */
  added: number
}

/**
 * Makes records of lines of JSON whose values are texts that came before, without parsing them: a line of two names takes 0.15 µs instead of
 * 0.5. A record is what `JSON.parse` makes of its line; lines with objects and lists, long texts, other fields or another order of them are odd.
 */
export class RowScan {
  /** Names of fields at most: each is a bit of a whole number. */
  static readonly NAMES_MAX = 31
  readonly #program: RowsProgram
  readonly #bytes: Buffer
  readonly #words: Uint32Array
  readonly #values: unknown[] = []
  #names: readonly string[] = []
  /** By the bits of a line: the names that it has. */
  #shapes = new Map<number, readonly string[]>()

  private constructor(program: RowsProgram) {
    this.#program = program
    this.#bytes = Buffer.from(program.memory.buffer)
    this.#words = new Uint32Array(program.memory.buffer)
  }

  /** @returns Null where it cannot be run: all lines are to be parsed then. */
  static start(): RowScan | null {
    try {
      const program = startWasm(FILE, { env: { abort } }) as RowsProgram
      return program.start() === 0 ? null : new RowScan(program)
    } catch (error) {
      // It is quicker, and no more.
      if (error instanceof RuleError) return null
      throw error
    }
  }

  /** Whether a block of so many bytes is for it. */
  takes(bytes: number): boolean {
    return bytes >= BLOCK_BYTES_MIN && bytes <= this.#program.ROOM.value
  }

  /** The fields that records have, in their order; lines with others are odd. @param names At most `NAMES_MAX`. */
  setNames(names: readonly string[]): void {
    if (names === this.#names) return
    const program = this.#program
    this.#names = names
    this.#shapes = new Map()
    program.clearKeys()
    let used = 0
    for (const [at, name] of names.entries()) {
      const bytes = Buffer.from(name)
      // As bytes, half a surrogate pair would be U+FFFD; in text it is an escape, and names with these are not taken.
      if (!name.isWellFormed() || used + bytes.length > program.INPUT_BYTES.value) continue
      this.#bytes.set(bytes, program.input.value + used)
      program.addKey(at, bytes.length)
      used += bytes.length
    }
    program.setNames(names.length)
  }

  /** Reads whole lines, which are text without faults. @param tally Counts what comes of them. */
  read(bytes: Buffer, taker: RowTaker, tally: RowTally): void {
    const program = this.#program
    this.#bytes.set(bytes, program.block.value)
    let at = 0
    while (at < bytes.length) {
      const to = program.read(at, bytes.length)
      tally.added += program.addedCount.value
      this.#keepTexts()
      this.#take(taker, tally)
      at = to
      if (program.stopped.value !== ODD) continue
      tally.lines++
      tally.odd++
      at = taker.odd(to)
    }
    // Else lines of the next block might be odd for want of room.
    if (program.textCount.value * 2 > program.TEXTS_MAX.value) this.#forget()
  }

  #keepTexts(): void {
    const { added, addedCount } = this.#program
    const words = this.#words
    const first = added.value >> 2
    const end = first + addedCount.value * 2
    for (let word = first; word < end; word += 2) {
      const start = words[word] as number
      this.#values.push(RAW_JSON.field(this.#bytes.toString('utf8', start, start + (words[word + 1] as number))))
    }
  }

  #take(taker: RowTaker, tally: RowTally): void {
    const { rows, rowsEnd, BLANK } = this.#program
    const words = this.#words
    const values = this.#values
    const blank = BLANK.value >>> 0
    const last = rowsEnd.value >> 2
    let bits = -1
    let names: readonly string[] = []
    for (let word = rows.value >> 2; word < last; ) {
      const has = words[word++] as number
      const end = words[word++] as number
      tally.lines++
      if (has === blank) {
        taker.blank(end)
        continue
      }
      if (has !== bits) {
        bits = has
        names = this.#shapeOf(has)
      }
      const parts: Record<string, unknown> = {}
      for (let name = 0; name < names.length; name++) parts[names[name] as string] = values[words[word++] as number]
      tally.texts += names.length
      taker.record(parts, end)
    }
  }

  #shapeOf(has: number): readonly string[] {
    const known = this.#shapes.get(has)
    if (known) return known
    const names = this.#names.filter((_, at) => (has & (1 << at)) !== 0)
    this.#shapes.set(has, names)
    return names
  }

  #forget(): void {
    this.#program.forget()
    this.#values.length = 0
  }
}

/** Null: it cannot be run. */
let scanOfAll: RowScan | null | undefined

/** The one of this thread, since texts that came in one piece come in the next as well. @returns Null where it cannot be run. */
export function scanOfThread(): RowScan | null {
  if (scanOfAll === undefined) scanOfAll = RowScan.start()
  return scanOfAll
}

const abort = (): never => {
  throw new Error('the scan came to an end that it has not')
}
