import { type FSWatcher, watch } from 'node:fs'
import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { type LoadedRules, loadRulesFolder, type ModuleLoader } from './rules-folder.js'

/** Who goes by the rules of a folder. */
export interface RulesFollower {
  /** Once at the start, and after each edit. */
  readonly onRules: (rules: LoadedRules) => void
  /** The folder cannot be read; it is looked at again. */
  readonly onFault: (error: unknown) => void
}

/** `fs.watch` misses changes in folders below and on network file systems; a look costs one `stat` for each file. */
const LOOK_MS = 1_000

/** An editor writes a file in several steps. */
const SETTLE_MS = 50

/** Folders below that are looked into, and so deep. */
const DEPTH_MAX = 4

/** Knows the rules of a folder while it is edited: a file that is new, changed or gone makes all modules load anew, since they import each other. */
export class RulesWatch {
  readonly #folder: string
  readonly #loader: ModuleLoader
  readonly #follower: RulesFollower
  #watcher: FSWatcher | null = null
  #timer: NodeJS.Timeout | null = null
  #seen = ''
  #looking: Promise<void> | null = null
  #isStopped = false

  constructor(folder: string, loader: ModuleLoader, follower: RulesFollower) {
    this.#folder = folder
    this.#loader = loader
    this.#follower = follower
  }

  /** Loads them, tells them, and goes on looking. @throws NodeJS.ErrnoException when the folder cannot be read. */
  async start(): Promise<void> {
    this.#seen = await stampOf(this.#folder)
    this.#follower.onRules(await loadRulesFolder(this.#folder, this.#loader))
    if (this.#isStopped) return
    this.#watchFolder()
    this.#lookIn(LOOK_MS)
  }

  /** Looks no more. Safe twice, and before `start`. */
  stop(): void {
    this.#isStopped = true
    this.#watcher?.close()
    if (this.#timer !== null) clearTimeout(this.#timer)
  }

  #watchFolder(): void {
    try {
      this.#watcher = watch(this.#folder, () => this.#lookIn(SETTLE_MS))
      // The looks go on without it: inotify's watches may be used up.
      this.#watcher.on('error', () => this.#watcher?.close())
    } catch {
      this.#watcher = null
    }
  }

  #lookIn(ms: number): void {
    if (this.#isStopped) return
    if (this.#timer !== null) clearTimeout(this.#timer)
    this.#timer = setTimeout(() => {
      this.#looking ??= this.#look().finally(() => {
        this.#looking = null
        this.#lookIn(LOOK_MS)
      })
    }, ms).unref()
  }

  async #look(): Promise<void> {
    try {
      const stamp = await stampOf(this.#folder)
      if (stamp === this.#seen) return
      this.#seen = stamp
      const rules = await loadRulesFolder(this.#folder, this.#loader)
      if (!this.#isStopped) this.#follower.onRules(rules)
    } catch (error) {
      this.#seen = ''
      this.#follower.onFault(error)
    }
  }
}

/** What changes when a file of the folder does, or of one below. */
async function stampOf(folder: string, depth = 0): Promise<string> {
  const entries = await readdir(folder, { withFileTypes: true })
  const parts = entries
    .filter(({ name }) => !name.startsWith('.') && name !== 'node_modules')
    .map(async (entry) => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return depth < DEPTH_MAX ? stampOf(path, depth + 1) : ''
      const found = await stat(path).catch(() => undefined)
      return found === undefined ? path : `${path} ${found.ino} ${found.size} ${found.mtimeMs}`
    })
  return (await Promise.all(parts)).sort().join('\n')
}
