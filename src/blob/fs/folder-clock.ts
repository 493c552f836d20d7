import { randomUUID } from 'node:crypto'
import { open, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import { StoreClock } from '../../queue/store-clock.js'

/** The clock of the file system that has a folder: that of a file server, when it is shared, and not of this machine. */
export const folderClock = (folder: string): StoreClock =>
  new StoreClock({ describe: async () => ({ nowMs: await freshMs(folder) }) })

/** When a file is made that is made now. Where none can be made, nothing is changed either, and this machine's clock will do. */
async function freshMs(folder: string): Promise<number> {
  const path = join(folder, randomUUID())
  try {
    const handle = await open(path, 'wx')
    try {
      return (await handle.stat()).mtimeMs
    } finally {
      await handle.close()
      await unlink(path)
    }
  } catch {
    return Date.now()
  }
}
