import { createWriteStream } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { fileError } from './file-error.js'
import { inputFile } from './input-file.js'
import type { Terminal } from './terminal.js'

/** Standard input as a file, gone when it is disposed of. */
export interface KeptInput extends AsyncDisposable {
  readonly path: string
}

/**
 * Keeps standard input in a temporary file: threads share it, each reading its part, and a pipe can be read only once.
 *
 * @throws CliError `failed` when there is no room, or standard input cannot be read.
 */
export async function keepStandardInput(terminal: Terminal, signal: AbortSignal): Promise<KeptInput> {
  const input = await inputFile('-', terminal)
  const folder = await mkdtemp(join(terminal.env.TMPDIR || tmpdir(), 'hob-input-'))
  const remove = () => rm(folder, { recursive: true, force: true })
  const path = join(folder, 'stdin')
  try {
    await pipeline(input.chunks(signal), createWriteStream(path))
    return { path, [Symbol.asyncDispose]: remove }
  } catch (cause) {
    await remove()
    throw signal.aborted ? cause : fileError('write', path, cause)
  }
}
