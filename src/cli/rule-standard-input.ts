import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileError } from './file-error.js'
import { inputFile } from './input-file.js'
import { type ScratchFolder, scratchFolder } from './scratch-folder.js'
import type { Terminal } from './terminal.js'

/**
 * Keeps standard input in a temporary file: threads share it, each reading its part, and a pipe can be read only once.
 *
 * @returns The file, gone when it is disposed of.
 * @throws CliError `failed` when there is no room, or standard input cannot be read.
 */
export async function keepStandardInput(terminal: Terminal, signal: AbortSignal): Promise<ScratchFolder> {
  const input = await inputFile('-', terminal)
  const folder = await scratchFolder(terminal)
  const path = join(folder.path, 'stdin')
  try {
    await pipeline(input.chunks(signal), createWriteStream(path))
    return { ...folder, path }
  } catch (cause) {
    await folder[Symbol.asyncDispose]()
    throw signal.aborted ? cause : fileError('write', path, cause)
  }
}
