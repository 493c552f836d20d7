import { copyFile, link } from 'node:fs/promises'

/** A second name for a file, which stays what it is when one of its names goes; on another file system it must be copied. */
export async function linkOrCopy(from: string, to: string): Promise<void> {
  await link(from, to).catch(() => copyFile(from, to))
}
