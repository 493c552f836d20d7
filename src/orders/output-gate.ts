import type { Writable } from 'node:stream'
import type { Output } from './command/output.js'

/** Where the output of orders goes. */
export interface GateStreams {
  readonly out: Writable
  readonly err: Writable
}

/** Smaller outputs go in one write. */
const WHOLE_BYTES_MAX = 64 * 1024

/** Lets the output of one order through at a time, so that it never mixes with another's; whatever its size, in constant memory. */
export class OutputGate {
  readonly #streams: GateStreams
  #last: Promise<void> = Promise.resolve()

  constructor(streams: GateStreams) {
    this.#streams = streams
  }

  /**
   * Copies an order's output and then its errors; resolves when they are handed on.
   *
   * @param tag Put before each line, and a tab; null: lines go as they are.
   */
  pass(output: { readonly stdout: Output; readonly stderr: Output }, tag: string | null): Promise<void> {
    if (output.stdout.bytes === 0 && output.stderr.bytes === 0) return Promise.resolve()
    const passing = this.#last.then(async () => {
      await copy(output.stdout, this.#streams.out, tag)
      await copy(output.stderr, this.#streams.err, tag)
    })
    // One that fails holds up none of those behind it.
    this.#last = passing.catch(() => {})
    return passing
  }
}

async function copy(output: Output, to: Writable, tag: string | null): Promise<void> {
  if (output.bytes === 0) return
  const pieces = output.bytes <= WHOLE_BYTES_MAX ? [await whole(output)] : output.stream()
  for await (const piece of tag === null ? pieces : tagged(pieces, tag)) {
    if (to.destroyed) return
    if (!to.write(piece)) await drained(to)
  }
}

async function whole(output: Output): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of output.stream()) pieces.push(piece as Buffer)
  return Buffer.concat(pieces)
}

/** Resolves when there is room again, or the reader has gone. */
function drained(to: Writable): Promise<void> {
  return new Promise((resolve) => {
    const go = (): void => {
      to.off('drain', go).off('close', go)
      resolve()
    }
    to.on('drain', go).on('close', go)
  })
}

const NEWLINE = 10

/** The same bytes with the tag before each line, also one that has no end. */
async function* tagged(pieces: Iterable<Buffer> | AsyncIterable<Buffer>, tag: string): AsyncIterable<Buffer> {
  const mark = Buffer.from(`${tag}\t`)
  let isLineStart = true
  for await (const piece of pieces) {
    const parts: Buffer[] = []
    for (let from = 0; from < piece.length; ) {
      if (isLineStart) parts.push(mark)
      const newline = piece.indexOf(NEWLINE, from)
      const end = newline === -1 ? piece.length : newline + 1
      parts.push(piece.subarray(from, end))
      isLineStart = newline !== -1
      from = end
    }
    yield Buffer.concat(parts)
  }
}
