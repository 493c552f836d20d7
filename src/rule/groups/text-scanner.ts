import { RuleError } from '../../core/errors.js'
import type { GroupScan } from './group-plan.js'
import { powersOfFive } from './powers-of-five.js'
import { RAW_JSON, RAW_LINES, type RawText, rawCsv } from './raw-text.js'
import { ScanMemory } from './scan-memory.js'
import { type ScanProgram, scanProgram } from './scan-program.js'
import type { ScannedGroup, Scanner, ScannerOptions, ScanStop } from './scanned.js'
import { ScannedGroups } from './scanned-groups.js'

/** Different names of fields and values that all scans have together. */
export const SCAN_NAMES_MAX = 32
/** Scans at once. */
export const SCANS_MAX = 16

/** The program's numbers for formats. */
const FORMATS = { json: 0, csv: 1, dynamic: 2, lines: 3 } as const
const STOPS: readonly ScanStop[] = ['end', 'odd', 'full']

/** The program's name for the record as a whole. */
const WHOLE = 32

/** A name of a column that nobody named. */
const NUMBERED = /^_(0|[1-9]\d{0,3})$/

/** Scans text with the program of scan/. */
export class TextScanner implements Scanner {
  readonly #options: ScannerOptions
  readonly #names: readonly string[]
  readonly #program: ScanProgram
  readonly #memory: ScanMemory
  readonly #groups: readonly ScannedGroups[]
  #length = 0
  #kinds: readonly RawText[]

  /**
   * @throws RangeError when scans are more than `SCANS_MAX`, or have more than `SCAN_NAMES_MAX` names together, or the delimiter is not one
   * character of ASCII. RuleError `fault` when the program is not there, or has no memory.
   */
  constructor(options: ScannerOptions) {
    this.#options = options
    const { scans, format, delimiter, bytesMax } = options
    this.#names = namesOf(scans)
    checkOptions(options, this.#names.length)
    const program = scanProgram()
    this.#program = program
    if (program.start(FORMATS[format], this.#names.length) === 0) {
      throw new RuleError('fault', 'there is no memory to scan records with', {
        hint: 'Let fewer programs run beside it, or run it by rows with --engine rows.',
      })
    }
    program.setBytesMax(Math.min(bytesMax, BYTES_MAX))
    program.setDelimiter(delimiter.charCodeAt(0))
    this.#memory = new ScanMemory(program)
    this.#memory.bytes.set(powersOfFive(), program.powers.value)
    this.#addKeys()
    for (const scan of scans) this.#addScan(scan)
    this.#groups = scans.map((scan, index) => {
      const names = (scan.fields ?? []).map((name) => this.#names.indexOf(name))
      return new ScannedGroups(program, this.#memory, { scan, index, names })
    })
    this.#kinds = []
    this.columns(null)
  }

  columns(header: readonly string[] | null): void {
    const program = this.#program
    const names = this.#options.format === 'lines' ? ['line'] : header
    this.#kinds = [RAW_JSON, rawCsv(this.#options.delimiter, names), RAW_LINES]
    program.startColumns(names?.length ?? 0)
    for (const [at, name] of this.#names.entries()) {
      const column = names === null ? Number(NUMBERED.exec(name)?.[1] ?? -1) : names.indexOf(name)
      if (column >= 0) program.addColumn(column, at)
    }
  }

  load(bytes: Buffer): void {
    const { block, BLOCK_BYTES_MAX } = this.#program
    if (bytes.length > BLOCK_BYTES_MAX.value) throw new RangeError(`a block of ${bytes.length} bytes to scan`)
    this.#memory.bytes.set(bytes, block.value)
    this.#length = bytes.length
  }

  scan(from: number): number {
    return this.#program.scan(from, this.#length)
  }

  get stopped(): ScanStop {
    return STOPS[this.#program.stopped.value] ?? 'odd'
  }

  get lines(): number {
    return this.#program.lines.value
  }

  get rows(): number {
    return this.#program.rows.value
  }

  groupCount(scan: number): number {
    return this.#groups[scan]?.count ?? 0
  }

  groups(scan: number): Iterable<ScannedGroup> {
    return this.#groups[scan]?.read(this.#kinds) ?? []
  }

  clear(): void {
    this.#program.clear()
  }

  #addKeys(): void {
    const { input, INPUT_BYTES } = this.#program
    let used = 0
    for (const [at, name] of this.#names.entries()) {
      // Of a key in text, half a surrogate pair is an escape, and these are not taken; as bytes it would be U+FFFD.
      if (!name.isWellFormed()) continue
      const bytes = Buffer.from(name)
      if (used + bytes.length > INPUT_BYTES.value) throw new RangeError('the names of fields to scan are too long')
      this.#memory.bytes.set(bytes, input.value + used)
      this.#program.addKey(at, bytes.length)
      used += bytes.length
    }
  }

  #addScan({ fields, values }: GroupScan): void {
    const scan = this.#program.addScan()
    if (fields === null) this.#program.addField(scan, WHOLE)
    for (const name of fields ?? []) this.#program.addField(scan, this.#names.indexOf(name))
    for (const { part, isNumber } of values) this.#program.addValue(scan, this.#names.indexOf(part), isNumber)
  }
}

/** What the program can address; its text and tables need some of it. */
const BYTES_MAX = 3 * 1024 ** 3

const namesOf = (scans: readonly GroupScan[]): readonly string[] => [
  ...new Set(scans.flatMap(({ fields, values }) => [...(fields ?? []), ...values.map(({ part }) => part)])),
]

function checkOptions({ scans, format, delimiter }: ScannerOptions, names: number): void {
  if (scans.length > SCANS_MAX) throw new RangeError(`${scans.length} scans at once; at most ${SCANS_MAX}`)
  if (names > SCAN_NAMES_MAX) throw new RangeError(`scans of ${names} names; at most ${SCAN_NAMES_MAX} together`)
  const isCsv = format === 'csv' || format === 'dynamic'
  // biome-ignore lint/suspicious/noControlCharactersInRegex: whatever ASCII has may stand between fields.
  if (isCsv && !/^[\x01-\x7f]$/.test(delimiter)) throw new RangeError(`a delimiter that is no character of ASCII`)
}
