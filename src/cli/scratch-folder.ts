import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { temporaryFolder } from '../queue/temporary-folder.js'
import { fileError } from './file-error.js'
import type { Terminal } from './terminal.js'

/** A folder of one's own that is gone when it is disposed of. */
export interface ScratchFolder extends AsyncDisposable {
  readonly path: string
}

/** Makes one where TMPDIR says. @throws CliError `failed` when it cannot be made. */
export async function scratchFolder({ env }: Pick<Terminal, 'env'>): Promise<ScratchFolder> {
  const parent = env.TMPDIR || tmpdir()
  try {
    const path = await temporaryFolder('rule', parent)
    return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) }
  } catch (cause) {
    throw fileError('write', parent, cause)
  }
}
