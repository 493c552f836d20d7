import { Writable } from 'node:stream'
import { makePaint, type Paint, wantsColour } from './colour.js'

/** One stream that people or programs read. */
export class Output {
  readonly #stream: Writable & { readonly isTTY?: boolean; readonly columns?: number; readonly rows?: number }
  readonly paint: Paint

  constructor(stream: Writable & { readonly isTTY?: boolean }, env: Readonly<Record<string, string | undefined>> = {}) {
    this.#stream = stream
    this.paint = makePaint(wantsColour(env, stream.isTTY === true))
  }

  get isTerminal(): boolean {
    return this.#stream.isTTY === true
  }

  /** Columns of the terminal; 80 when it does not say. */
  get width(): number {
    return this.#stream.columns || 80
  }

  /** Lines of the terminal; 24 when it does not say. */
  get height(): number {
    return this.#stream.rows || 24
  }

  line(text = ''): void {
    this.#stream.write(`${text}\n`)
  }

  /** As it is, without a line's end. */
  write(text: string): void {
    this.#stream.write(text)
  }

  /** As `write`, and waits while the reader is behind, so that a long stream needs no memory. Never waits for one that has gone. */
  async flow(text: string | Uint8Array): Promise<void> {
    if (this.#stream.write(text)) return
    // Not `events.once`, which listens for errors too: those of standard output are for whoever owns the process.
    await new Promise<void>((resolve) => {
      const go = (): void => {
        this.#stream.off('drain', go).off('close', go)
        resolve()
      }
      this.#stream.on('drain', go).on('close', go)
    })
  }

  /** For what writes to streams; it does not end this one. */
  writable(): Writable {
    return new Writable({
      decodeStrings: false,
      write: (chunk: string | Buffer, _encoding, done) => {
        this.flow(chunk).then(() => done(), done)
      },
    })
  }

  /** Resolves when all that was written is handed on, or lost. */
  flush(): Promise<void> {
    return new Promise((resolve) => this.#stream.write('', () => resolve()))
  }

  /** A document for programs, indented so that people can read it too. */
  json(value: unknown): void {
    this.line(JSON.stringify(value, null, 2))
  }
}
