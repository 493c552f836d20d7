import { type FileHandle, open, realpath, rename, rm, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { fileError } from './file-error.js'

/**
 * Writes a file so that its name never stands for half of it: under a temporary name beside it, then renamed.
 * What is there and is no ordinary file, like `/dev/null` or a pipe, is written to as it is.
 *
 * @throws CliError `failed` when it cannot be written; what `texts` throws passes through. The file is then as before.
 */
export async function writeWhole(path: string, texts: AsyncIterable<string>): Promise<void> {
  // Through a symbolic link to what it names, so that the link stays one.
  const target = await realpath(path).catch(() => path)
  const there = await stat(target).catch(() => undefined)
  const isPlain = there === undefined || there.isFile()
  const name = isPlain ? join(dirname(target), `.${basename(target)}.${process.pid}.tmp`) : target
  const whenWriting = async <Result>(work: () => Promise<Result>): Promise<Result> => {
    try {
      return await work()
    } catch (cause) {
      throw fileError('write', path, cause)
    }
  }
  const handle: FileHandle = await whenWriting(() => open(name, 'w', there?.mode))
  try {
    for await (const text of texts) await whenWriting(() => handle.writeFile(text))
    // Or a power cut could leave the new name on an empty file.
    if (isPlain) await whenWriting(() => handle.sync())
    await whenWriting(() => handle.close())
    if (isPlain) await whenWriting(() => rename(name, target))
  } catch (error) {
    await handle.close().catch(() => {})
    if (isPlain) await rm(name, { force: true })
    throw error
  }
}
