import { randomUUID } from 'node:crypto'
import type { Stats } from 'node:fs'
import {
  type FileHandle,
  link,
  open,
  readdir,
  readFile,
  rename,
  stat,
  unlink,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { Readable } from 'node:stream'
import { BlobError } from '../../core/errors.js'
import type { StoreClock } from '../../queue/store-clock.js'
import { checkBlobName, parseBlobName } from '../blob-name.js'
import type { BlobContent, BlobStore, StoredBlob, StoreUser, Tidying } from '../blob-store.js'
import { makeFolder, syncFolder } from './durable.js'
import { folderClock } from './folder-clock.js'
import { isMissing, storeFault } from './store-fault.js'

/** Marks a file of the folder for temporary files as a blob on its way out: `removed-RANDOM.NAME`. */
const REMOVED = /^removed-[0-9a-f-]+\.(.+)$/

/** Looks at a blob that a removal set aside; each such removal may cost one, and they are far apart. */
const BACK_TRIES = 4

/**
 * Blobs as files of a folder: `blobs/AB/NAME`, AB being the first two digits of the hash, so that no folder grows beyond use.
 *
 * A blob is written to `tmp/`, brought to the disk, and renamed; the folder is brought to the disk after it. Renames are atomic, so that
 * everybody sees a blob whole or not at all, whatever dies.
 */
export class FolderStore implements BlobStore {
  readonly url: string
  readonly runsFolder: string
  /** As the user wrote it: messages name it so. */
  readonly #said: string
  readonly #blobs: string
  readonly #temporary: string
  readonly #users: string
  readonly #clock: StoreClock

  constructor(folder: string) {
    const path = resolve(folder)
    this.url = `file:${path}`
    this.runsFolder = join(path, 'runs')
    this.#said = folder
    this.#blobs = join(path, 'blobs')
    this.#temporary = join(path, 'tmp')
    this.#users = join(path, 'kitchens')
    this.#clock = folderClock(this.#temporary)
  }

  async put(name: string | (() => string), content: BlobContent): Promise<StoredBlob> {
    if (typeof name === 'string') checkBlobName(name)
    const temporary = join(this.#temporary, randomUUID())
    try {
      await makeFolder(this.#temporary)
      const { size, mtimeMs } = await writeDurably(temporary, content)
      const given = typeof name === 'string' ? name : name()
      const folder = this.#folderOf(given)
      await makeFolder(folder)
      // Over one of that name, too: its content is the same, and if it was damaged, it is so no longer.
      await rename(temporary, join(folder, given))
      await syncFolder(folder)
      return { name: given, storedBytes: size, storedMs: mtimeMs }
    } catch (cause) {
      await unlink(temporary).catch(() => {
        // It was never made, or is renamed already; if not, `tidy` takes it.
      })
      throw storeFault(this.#said, cause)
    }
  }

  async open(name: string, range?: { readonly start: number; readonly end: number }): Promise<Readable> {
    const path = this.pathOf(name)
    if (range !== undefined && range.end <= range.start) {
      if ((await this.stat(name)) === undefined) throw noSuchBlob(name)
      return Readable.from([])
    }
    const handle = await this.#foundOrBack(name, () => open(path, 'r'))
    if (handle === undefined) throw noSuchBlob(name)
    return handle.createReadStream(range === undefined ? {} : { start: range.start, end: range.end - 1 })
  }

  pathOf(name: string): string {
    return join(this.#folderOf(name), name)
  }

  async stat(name: string): Promise<StoredBlob | undefined> {
    if (parseBlobName(name) === undefined) return undefined
    const path = this.pathOf(name)
    const found = await this.#found(() => stat(path))
    return found && { name, storedBytes: found.size, storedMs: found.mtimeMs }
  }

  async touch(name: string): Promise<boolean> {
    if (parseBlobName(name) === undefined) return false
    const path = this.pathOf(name)
    // The later of two clocks: one that is behind must not make it old, and files' times are a few milliseconds behind.
    const now = Math.max(await this.#clock.nowMs(), Date.now()) / 1_000
    return (await this.#foundOrBack(name, async () => [await utimes(path, now, now)])) !== undefined
  }

  nowMs(): Promise<number> {
    return this.#clock.nowMs()
  }

  async *list(): AsyncGenerator<StoredBlob> {
    const parts = (await this.#entries(this.#blobs)).filter((part) => /^[0-9a-f]{2}$/.test(part))
    for (const part of parts) {
      for (const name of await this.#entries(join(this.#blobs, part))) {
        const found = await this.stat(name)
        // Gone since the folder was read, or no blob of ours.
        if (found !== undefined) yield found
      }
    }
  }

  async remove(name: string, sinceMs: number = Number.POSITIVE_INFINITY): Promise<boolean> {
    if (parseBlobName(name) === undefined) return true
    const path = this.pathOf(name)
    const aside = join(this.#temporary, `removed-${randomUUID()}.${name}`)
    const before = await this.stat(name)
    if (before === undefined) return true
    if (before.storedMs >= sinceMs) return false
    await makeFolder(this.#temporary)
    // Out of the way first: a touch before this moment shows in the file's time, and one after it puts the blob back or fails.
    const moved = await this.#found(async () => [await rename(path, aside)])
    if (moved === undefined) return true
    const found = await this.#found(() => stat(aside))
    if (found === undefined) return false
    const isYoung = found.mtimeMs >= sinceMs
    if (isYoung) await putBack(aside, path)
    await unlink(aside).catch(onlyMissing)
    return !isYoung
  }

  async tidy({ beforeMs, dryRun }: Tidying): Promise<number> {
    let count = 0
    for (const entry of await this.#entries(this.#temporary)) {
      const path = join(this.#temporary, entry)
      const found = await this.#found(() => stat(path))
      if (found === undefined) continue
      const [, name] = REMOVED.exec(entry) ?? []
      // Whoever removed it may have died before he looked at its time: it goes back, and is looked at again like all others.
      const isStranded = name !== undefined && found.ctimeMs < beforeMs
      if (!isStranded && (name !== undefined || found.mtimeMs >= beforeMs)) continue
      count++
      if (dryRun) continue
      if (name !== undefined) await putBack(path, this.pathOf(name))
      await unlink(path).catch(onlyMissing)
    }
    return count
  }

  async join({ id, label }: StoreUser): Promise<void> {
    try {
      const path = join(this.#users, id)
      if ((await this.#found(() => stat(path))) !== undefined) return
      await makeFolder(this.#users)
      await writeFile(path, `${label}\n`)
      await syncFolder(this.#users)
    } catch (cause) {
      throw storeFault(this.#said, cause)
    }
  }

  async users(): Promise<readonly StoreUser[]> {
    const ids = await this.#entries(this.#users)
    return Promise.all(ids.map(async (id) => ({ id, label: (await readFile(join(this.#users, id), 'utf8')).trim() })))
  }

  /** Any name that passes is one path segment: none leads out of the folder. */
  #folderOf(name: string): string {
    return join(this.#blobs, checkBlobName(name).hash.slice(0, 2))
  }

  /** As `#found`, and puts the blob back first when it stands aside, for a removal that may turn out to leave it. */
  async #foundOrBack<T>(name: string, look: () => Promise<T>): Promise<T | undefined> {
    for (let tries = 1; tries < BACK_TRIES; tries++) {
      const found = await this.#found(look)
      if (found !== undefined) return found
      const aside = (await this.#entries(this.#temporary)).filter((entry) => REMOVED.exec(entry)?.[1] === name)
      for (const entry of aside) await putBack(join(this.#temporary, entry), this.pathOf(name))
    }
    return this.#found(look)
  }

  /** Undefined when there is no such file. */
  async #found<T>(look: () => Promise<T>): Promise<T | undefined> {
    try {
      return await look()
    } catch (cause) {
      if (isMissing(cause)) return undefined
      throw storeFault(this.#said, cause)
    }
  }

  async #entries(folder: string): Promise<readonly string[]> {
    return (await this.#found(() => readdir(folder))) ?? []
  }
}

const noSuchBlob = (name: string): BlobError =>
  new BlobError('missing', `there is no blob ${name}`, {
    hint: 'hob blob verify tells which are missing, and their tags.',
  })

async function writeDurably(path: string, content: BlobContent): Promise<Stats> {
  const handle = await open(path, 'wx')
  try {
    for await (const bytes of content) await writeAll(handle, bytes)
    await handle.sync()
    return await handle.stat()
  } finally {
    await handle.close()
  }
}

/** A write may take a part only, as when the disk has room for that part: the next one then says why. */
async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let at = 0; at < bytes.length; ) at += (await handle.write(bytes, at)).bytesWritten
}

/** Unless one of that name has come meanwhile. */
async function putBack(from: string, to: string): Promise<void> {
  try {
    await link(from, to)
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException
    if (code === 'EEXIST' || code === 'ENOENT') return
    // A file system without links.
    await rename(from, to)
  }
}

function onlyMissing(cause: unknown): void {
  if (!isMissing(cause)) throw cause
}
