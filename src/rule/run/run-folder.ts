import { randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { KEPT_FILE } from '../../blob/run-holds.js'
import { RuleError } from '../../core/errors.js'

/** What a task made, in a file of its folder. */
const MANIFEST = 'made.json'

/**
 * The folder of one run. Each task has a folder in it, which comes into being whole: so a task whose folder is there is done, and one
 * that is done twice at the same time leaves one of the two.
 */
export class RunFolder {
  readonly path: string
  readonly #isDurable: boolean

  /** @param isDurable Whether what it holds must stand a loss of power, which costs a wait for the disk for each task; true unless given. */
  constructor(runsFolder: string, run: string, isDurable = true) {
    this.path = join(runsFolder, run)
    this.#isDurable = isDurable
  }

  /** The folder of one attempt at one version: what others made has no part in it. */
  attempt(attempt: number, version: string): AttemptFolder {
    return new AttemptFolder(join(this.path, `${attempt}-${version.slice(0, 12)}`), this.#isDurable)
  }

  /** Keeps it beyond the run. */
  async keep(): Promise<void> {
    await mkdir(this.path, { recursive: true })
    await writeFile(join(this.path, KEPT_FILE), '')
  }

  /** Whether somebody asked to keep it. */
  async isKept(): Promise<boolean> {
    return (await namesIn(this.path)).includes(KEPT_FILE)
  }

  /**
   * Removes all but the attempt that goes on.
   *
   * @param isOurs Asked when what is there has been listed: another who has the run by then may have a folder of his own among it; what he
   * makes later is not.
   */
  async removeOthers(than: AttemptFolder, isOurs: () => Promise<boolean>): Promise<void> {
    const names = await namesIn(this.path)
    if (!(await isOurs())) return
    for (const name of names) {
      const path = join(this.path, name)
      if (name !== KEPT_FILE && path !== than.path) await rm(path, { recursive: true, force: true })
    }
  }

  /** Removes it with all that is in it; one that is gone is removed already. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** The folder of one attempt of a run. */
export class AttemptFolder {
  readonly path: string
  readonly #isDurable: boolean

  constructor(path: string, isDurable = true) {
    this.path = path
    this.#isDurable = isDurable
  }

  /** What the task of a name made; undefined while it is not done. */
  async made<T>(task: string): Promise<T | undefined> {
    const text = await textOf(join(this.path, task, MANIFEST))
    // Paths are kept from the attempt's folder, so that a kept folder may be moved.
    return text === undefined ? undefined : (restored(JSON.parse(text), this.path) as T)
  }

  /**
   * Does a task, unless it is done: `work` writes to a folder of its own and answers what it made, with paths in that folder.
   *
   * Durable when it resolves, unless the folder need not be: the files first, then their name.
   */
  async make<T>(task: string, work: (folder: string) => Promise<T>): Promise<T> {
    const standing = await this.made<T>(task)
    if (standing !== undefined) return standing
    const folder = join(this.path, `${task}.${randomBytes(6).toString('hex')}`)
    await mkdir(folder, { recursive: true })
    try {
      const made = await work(folder)
      await writeFile(join(folder, MANIFEST), JSON.stringify(stored(made, folder, task)))
      if (this.#isDurable) await syncAll(folder)
      await renameOnto(folder, join(this.path, task))
      if (this.#isDurable) await sync(this.path)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
    const made = await this.made<T>(task)
    if (made === undefined) throw new RuleError('fault', `what task ${task} made is gone from ${this.path}`)
    return made
  }

  /** Lends a folder for files that nobody needs afterwards. */
  async scratch<T>(use: (folder: string) => Promise<T>): Promise<T> {
    const folder = join(this.path, `scratch.${randomBytes(6).toString('hex')}`)
    await mkdir(folder, { recursive: true })
    try {
      return await use(folder)
    } finally {
      await rm(folder, { recursive: true, force: true })
    }
  }

  /** Keeps why a task failed, for the run that waits for it. Best effort: without it the job's error text tells. */
  async fail(task: string, fault: object): Promise<void> {
    await writeFile(join(this.path, `${task}.fault`), JSON.stringify(fault)).catch(() => {})
  }

  /** Why a task failed; undefined when it did not say. */
  async fault<T>(task: string): Promise<T | undefined> {
    const text = await textOf(join(this.path, `${task}.fault`))
    return text === undefined ? undefined : (JSON.parse(text) as T)
  }

  /** Removes it with all that is in it. */
  async remove(): Promise<void> {
    await rm(this.path, { recursive: true, force: true, maxRetries: 3 })
  }
}

/** What marks a path within a manifest, and a text that looks marked and is none, such as a bad record that begins so. */
const PATH = 'path:'
const TEXT = 'text:'

/** A value as a manifest has it: paths below `folder` are kept by what follows it. */
const stored = (value: unknown, folder: string, task: string): unknown =>
  eachText(value, (text) => {
    if (text.startsWith(`${folder}/`)) return PATH + join(task, text.slice(folder.length + 1))
    return text.startsWith(PATH) || text.startsWith(TEXT) ? TEXT + text : text
  })

/** The same with its paths below `folder` again. */
const restored = (value: unknown, folder: string): unknown =>
  eachText(value, (text) => {
    if (text.startsWith(PATH)) return join(folder, text.slice(PATH.length))
    return text.startsWith(TEXT) ? text.slice(TEXT.length) : text
  })

function eachText(value: unknown, change: (text: string) => string): unknown {
  if (typeof value === 'string') return change(value)
  if (Array.isArray(value)) return value.map((each) => eachText(each, change))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, eachText(each, change)]))
}

const namesIn = (folder: string): Promise<readonly string[]> => readdir(folder).catch((): string[] => [])

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** Whoever comes first has done it. */
async function renameOnto(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
  }
}

async function syncAll(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (entry.isFile()) await sync(join(folder, entry.name))
  }
  await sync(folder)
}

async function sync(path: string): Promise<void> {
  const file = await open(path)
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}
