import { RuleError } from '../../core/errors.js'
import { startWasm } from '../wasm-program.js'

/** What scan/quotes.ts exports. Its booleans are numbers. */
export interface QuotesProgram {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly room: { readonly value: number }
  readonly ROOM: { readonly value: number }
  start(): void
  balances(length: number): number
  isWithin(): number
}

/** Beside this file; the bundled command line finds it by another way (scripts/bundle.mjs). */
const FILE = new URL('./quotes.wasm', import.meta.url)

/** The program of this thread, and where the bytes are written that it looks at. */
export interface QuotesRoom {
  readonly quotes: QuotesProgram
  readonly room: Uint8Array
}

/** Null: it cannot be run. */
let program: QuotesRoom | null | undefined

/**
 * Whether the quotes of each line balance, so that none goes on in the next. 64 bytes at a time, in WebAssembly: a loop over the bytes in
 * JavaScript took a nanosecond and a half for each.
 *
 * @param bytes Whole lines.
 * @returns Null where the program cannot be run; a loop in JavaScript has to do then.
 */
export function everyLineBalances(bytes: Uint8Array): boolean | null {
  const found = quotesRoom()
  if (found === null) return null
  const { quotes, room } = found
  quotes.start()
  for (let at = 0; at < bytes.length; at += room.length) {
    const part = bytes.subarray(at, at + room.length)
    room.set(part)
    if (quotes.balances(part.length) === 0) return false
  }
  return quotes.isWithin() === 0
}

/** A program of its own memory. @throws RuleError `fault` when the file is not there, or cannot be run. */
export const quotesProgram = (): QuotesProgram => startWasm(FILE) as QuotesProgram

/** Null: it cannot be run. */
export function quotesRoom(): QuotesRoom | null {
  if (program === undefined) program = startProgram()
  return program
}

function startProgram(): QuotesRoom | null {
  try {
    const quotes = quotesProgram()
    return { quotes, room: new Uint8Array(quotes.memory.buffer, quotes.room.value, quotes.ROOM.value) }
  } catch (error) {
    // It is quicker, and no more; `wasmFaults` tells whom it concerns.
    if (error instanceof RuleError) return null
    throw error
  }
}
