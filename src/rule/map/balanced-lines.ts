import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RuleError } from '../../core/errors.js'

/** What of WebAssembly is used here; the types of Node do not have it. */
declare const WebAssembly: {
  readonly Module: new (bytes: Buffer) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
}

/** What scan/quotes.ts exports. Its booleans are numbers. */
interface QuotesProgram {
  readonly memory: { readonly buffer: ArrayBuffer }
  readonly room: { readonly value: number }
  readonly ROOM: { readonly value: number }
  start(): void
  balances(length: number): number
  isWithin(): number
}

/** Beside this file; the bundled command line finds it by another way (scripts/bundle.mjs). */
const FILE = new URL('./quotes.wasm', import.meta.url)

let program: { readonly quotes: QuotesProgram; readonly room: Uint8Array } | undefined

/**
 * Whether the quotes of each line balance, so that none goes on in the next. 64 bytes at a time, in WebAssembly: a loop over the bytes in
 * JavaScript took a nanosecond and a half for each.
 *
 * @param bytes Whole lines.
 * @throws RuleError `fault` when the program is not there, or cannot be run.
 */
export function everyLineBalances(bytes: Uint8Array): boolean {
  program ??= loadProgram()
  const { quotes, room } = program
  quotes.start()
  for (let at = 0; at < bytes.length; at += room.length) {
    const part = bytes.subarray(at, at + room.length)
    room.set(part)
    if (quotes.balances(part.length) === 0) return false
  }
  return quotes.isWithin() === 0
}

function loadProgram(): NonNullable<typeof program> {
  try {
    const module = new WebAssembly.Module(readFileSync(FILE))
    const quotes = new WebAssembly.Instance(module, {}).exports as QuotesProgram
    return { quotes, room: new Uint8Array(quotes.memory.buffer, quotes.room.value, quotes.ROOM.value) }
  } catch (cause) {
    throw new RuleError('fault', `cannot load ${fileURLToPath(FILE)}: ${(cause as Error).message}`, {
      hint: 'The package is not whole: install it again.',
      cause,
    })
  }
}
