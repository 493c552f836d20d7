import { lstat, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseJson } from '../core/json.js'
import { isGone, type ProcessIdentity, thisProcess } from './presence.js'

/** Names of temporary folders begin so, and go on with what they are for. */
const PREFIX = 'hob-'

/** In a temporary folder: the process that has it, as JSON. One without it is left alone. */
const OWNER_FILE = '.owner'

/**
 * Makes a folder for what is of no use when this process ends, and begins to remove those that processes of this machine left when they were
 * killed: files of a run may be gigabytes, and no system empties its temporary folder before it starts again.
 *
 * @param purpose Part of its name.
 * @param parent The system's folder for temporary files unless given.
 * @throws NodeJS.ErrnoException when it cannot be made.
 */
export async function temporaryFolder(purpose: string, parent: string = tmpdir()): Promise<string> {
  const owner = await thisProcess()
  const path = await mkdtemp(join(parent, `${PREFIX}${purpose}-`))
  try {
    await writeFile(join(path, OWNER_FILE), JSON.stringify(owner))
  } catch (error) {
    // Without an owner nobody would ever remove it.
    await rm(path, { recursive: true, force: true }).catch(() => {})
    throw error
  }
  removeLeftTemporary(parent).catch(() => {})
  return path
}

/** Lets a temporary folder stay when its process ends. */
export const keepTemporary = (path: string): Promise<void> => rm(join(path, OWNER_FILE), { force: true })

/** Removes the temporary folders in a folder whose processes are gone. */
export async function removeLeftTemporary(parent: string): Promise<void> {
  const { machine } = await thisProcess()
  const names = (await readdir(parent)).filter((name) => name.startsWith(PREFIX))
  for (const name of names) {
    const path = join(parent, name)
    const owner = await ownerOf(path)
    // What cannot be removed now, the next process may.
    if (owner !== undefined && (await isGone(owner, machine))) await removeOwned(path).catch(() => {})
  }
}

/** The owner's name goes last: should this process end in the middle, the next goes on. */
async function removeOwned(path: string): Promise<void> {
  for (const entry of await readdir(path)) {
    if (entry !== OWNER_FILE) await rm(join(path, entry), { recursive: true, force: true })
  }
  await rm(path, { recursive: true, force: true })
}

/** Undefined where there is none. What another user made is not believed: he could name a process that is gone. */
async function ownerOf(path: string): Promise<ProcessIdentity | undefined> {
  const found = await lstat(path).catch(() => undefined)
  if (found?.isDirectory() !== true || found.uid !== process.getuid?.()) return undefined
  try {
    const owner = parseJson(await readFile(join(path, OWNER_FILE), 'utf8')) as Partial<ProcessIdentity> | null
    return Number.isInteger(owner?.pid) && Number(owner?.pid) > 0 ? (owner as ProcessIdentity) : undefined
  } catch {
    // There is none; or it is cut, where the process died as it wrote it.
    return undefined
  }
}
