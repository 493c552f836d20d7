import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { RuleError } from '../core/errors.js'

/** What of WebAssembly is used; the types of Node do not have it. Some ways to start Node leave it out (`--jitless`). */
declare const WebAssembly: {
  readonly Module: new (bytes: Buffer) => object
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown }
  validate(bytes: Uint8Array): boolean
}

/** Compiled once in the life of a thread, and only where they are used. */
const compiled = new Map<string, object>()

/**
 * Starts a program with a memory of its own.
 *
 * @returns What it exports.
 * @throws RuleError `fault` when the file is not there or damaged, or when it cannot be run here: for want of memory, or of SIMD.
 */
export function startWasm(file: URL, imports: object = {}): unknown {
  try {
    const module = compiled.get(file.href) ?? new WebAssembly.Module(readFileSync(file))
    compiled.set(file.href, module)
    return new WebAssembly.Instance(module, imports).exports
  } catch (cause) {
    throw new RuleError('fault', `cannot run ${fileURLToPath(file)}: ${(cause as Error).message}`, {
      hint: hintOf(cause),
      cause,
    })
  }
}

function hintOf(cause: unknown): string {
  // V8 reserves 10 GB of addresses for a memory, so that it need not check each access, and is refused them under `ulimit -v`.
  if (cause instanceof RangeError) return `Give it 12 GB of address space (ulimit -v), or run it ${BY_ROWS}.`
  if (!hasSimd()) return `This Node, or its processor, lacks what it needs: run it ${BY_ROWS}.`
  return `The package is not whole: install it again. Until then, run it ${BY_ROWS}.`
}

const BY_ROWS = 'by rows with --engine rows'

// biome-ignore lint/complexity/useOptionalChain: where it is left out, its name is none.
const hasSimd = (): boolean => typeof WebAssembly !== 'undefined' && WebAssembly.validate(SIMD)

/** The least program with SIMD: a function that returns `i8x16.splat(0)`. */
const SIMD = Buffer.from('0061736d010000000105016000017b030201000a080106004100fd0f0b', 'hex')
