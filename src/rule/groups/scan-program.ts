import { startWasm } from '../wasm-program.js'

/** A number that the program exports. */
interface Exported {
  readonly value: number
}

/** What scan/index.ts exports. Places are bytes of its memory; its booleans are numbers. */
export interface ScanProgram {
  readonly memory: { readonly buffer: ArrayBuffer }
  /** Where names are written, one behind the other, and how many bytes have room. */
  readonly input: Exported
  readonly INPUT_BYTES: Exported
  /** Where `powersOfFive` are written. */
  readonly powers: Exported
  /** Where the text is written, and how many bytes have room. */
  readonly block: Exported
  readonly BLOCK_BYTES_MAX: Exported

  start(format: number, names: number): number
  setDelimiter(byte: number): void
  setBytesMax(bytes: number): void
  addKey(name: number, length: number): void
  addScan(): number
  addField(scan: number, name: number): void
  addValue(scan: number, name: number, isNumber: boolean): void
  startColumns(count: number): void
  addColumn(column: number, name: number): void

  scan(from: number, length: number): number
  /** 0 at the end, 1 before an odd line, 2 when there is no room. */
  readonly stopped: Exported
  readonly lines: Exported
  readonly rows: Exported

  groupCount(scan: number): number
  /** 0 when there is none. */
  firstGroup(scan: number): number
  nextGroup(group: number): number
  /** Where in a group is, u64, how many records it has. */
  readonly COUNT: Exported
  /** Where in a group is, u32, what its texts are: 0 JSON, 1 CSV, 2 plain text. */
  readonly KIND: Exported
  /** Where in a group of a scan with several fields the numbers of their texts are, u32; 0 of one that is missing. */
  readonly NUMBERS: Exported
  /** Where in a group of a scan are the sums of its first value; those of others follow. */
  sumsOffset(scan: number): number
  /** Where in a group of a scan with one field is the size of its text, u32, which follows. */
  ownTextOffset(scan: number): number
  /** Where the texts of a name begin that have numbers: that of 1, behind which by `nextOf` those of 2, 3 … are; 0 when there is none. */
  firstText(name: number): number
  nextOf(text: number): number
  /** Where in a text is its size, u32, and where its bytes begin. Sizes are those of texts and one; 0 is that of one that is missing. */
  readonly SIZE: Exported
  readonly TEXT: Exported
  clear(): void
}

/** Beside this file; the bundled command line finds it by another way (scripts/bundle.mjs). */
const FILE = new URL('./scan.wasm', import.meta.url)

/**
 * A program of its own memory.
 *
 * @throws RuleError `fault` when the file is not there, or cannot be run.
 */
export const scanProgram = (): ScanProgram => startWasm(FILE, { env: { abort } }) as ScanProgram

const abort = (): never => {
  throw new Error('the scan came to an end that it has not')
}
