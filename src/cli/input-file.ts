import { createReadStream, fstatSync } from 'node:fs'
import { access, constants, type FileHandle, open, readdir, stat } from 'node:fs/promises'
import { basename, dirname, join, relative } from 'node:path'
import { closest } from '../core/closest.js'
import { fileError } from './file-error.js'
import { visible } from './print/visible.js'
import type { Terminal } from './terminal.js'

/** Bytes at a time: a batch of orders or so. A load peaks at 120 MB with them, and with 256 KiB at 145, no faster. */
const CHUNK_BYTES = 96 * 1024

const IS_FOLDER: Error = Object.assign(new Error('folder'), { code: 'EISDIR' })

/** A file, or standard input, that is there to be read. */
export interface InputFile {
  /** As messages call it. */
  readonly name: string
  /** null when nobody knows before the end. */
  readonly sizeBytes: number | null
  /** What tells it from other files; null for standard input. */
  readonly identity: string | null
  /** Its bytes from the start; ends with an error when `signal` aborts. */
  chunks(signal: AbortSignal): AsyncIterable<Buffer>
}

/**
 * Makes sure that a file can be read, before anything is done; `-` is standard input.
 *
 * @throws CliError `failed` when it is missing, a folder, or not ours to read.
 */
export async function inputFile(path: string, { input, err }: Terminal): Promise<InputFile> {
  if (path === '-') {
    // Node reads nothing from a folder, as if it were an empty file.
    if (input.fd !== undefined && fstatSync(input.fd).isDirectory())
      throw fileError('read', 'standard input', IS_FOLDER)
    if (input.isTTY) err.line('hob: reading from the terminal; end with Ctrl-D')
    return {
      name: 'standard input',
      sizeBytes: null,
      identity: null,
      chunks(signal) {
        signal.addEventListener('abort', () => input.destroy(), { once: true })
        return input
      },
    }
  }
  try {
    await access(path, constants.R_OK)
    const found = await stat(path)
    if (found.isDirectory()) throw IS_FOLDER
    return {
      name: path,
      sizeBytes: found.isFile() ? found.size : null,
      identity: `${found.dev}:${found.ino}`,
      chunks: (signal) => createReadStream(path, { highWaterMark: CHUNK_BYTES, signal }),
    }
  } catch (cause) {
    throw fileError('read', path, cause, await hintOf(path, cause))
  }
}

/** The file beside it that was meant, for one that is not there. */
async function hintOf(path: string, cause: unknown): Promise<string | undefined> {
  if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') return undefined
  const names = await readdir(dirname(path)).catch(() => [])
  const meant = closest(basename(path), names)
  if (meant === undefined) return undefined
  const beside = join(dirname(path), meant)
  const near = relative('', beside)
  return `Did you mean ${visible(near.startsWith('..') ? beside : near)}?`
}

/**
 * Opens a file to write, emptying it, unless it is one of those that are to be read.
 *
 * @throws CliError `failed` when it cannot be written.
 */
export async function openBeside(path: string, inputs: readonly InputFile[]): Promise<FileHandle> {
  const there = await stat(path).catch(() => undefined)
  const isInput = there && inputs.some(({ identity }) => identity === `${there.dev}:${there.ino}`)
  try {
    if (isInput) throw new Error('it is the file that is to be read')
    return await open(path, 'w')
  } catch (cause) {
    throw fileError('write', path, cause)
  }
}
