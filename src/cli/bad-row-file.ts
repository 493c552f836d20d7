import type { FileHandle } from 'node:fs/promises'
import type { BadRow } from '../orders/rows/row.js'
import { fileError } from './file-error.js'
import { type InputFile, openBeside } from './input-file.js'

/** Where `--skip-bad` sets rows aside: as they were, so that they can be mended and loaded. */
export class BadRowFile {
  readonly #path: string
  readonly #handle: FileHandle

  private constructor(path: string, handle: FileHandle) {
    this.#path = path
    this.#handle = handle
  }

  /** Makes the file, or empties it: what stands there afterwards is from this load. */
  static async open(path: string, inputs: readonly InputFile[]): Promise<BadRowFile> {
    return new BadRowFile(path, await openBeside(path, inputs))
  }

  async add({ raw }: BadRow): Promise<void> {
    try {
      await this.#handle.write(`${raw}\n`)
    } catch (cause) {
      throw fileError('write', this.#path, cause)
    }
  }

  async close(): Promise<void> {
    await this.#handle.close()
  }
}
