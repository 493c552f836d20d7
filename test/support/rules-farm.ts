import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Kitchen, openKitchen } from '#hob/index.js'
import { type Running, startHob } from './running.js'
import { until } from './until.js'

/** A folder with rules, a kitchen and blobs of its own, and daemons at work there. */
export class RulesFarm implements AsyncDisposable {
  readonly folder: string
  readonly kitchen: Kitchen
  readonly #daemons: Running[] = []

  private constructor(folder: string, kitchen: Kitchen) {
    this.folder = folder
    this.kitchen = kitchen
  }

  /** @param modules Their texts by file name. */
  static async open(modules: Readonly<Record<string, string>>): Promise<RulesFarm> {
    const folder = await mkdtemp(join(tmpdir(), 'hob-rules-'))
    const farm = new RulesFarm(folder, await openKitchen(`sqlite:${join(folder, '.hob/hob.db')}`))
    await mkdir(join(folder, 'rules'))
    for (const [file, text] of Object.entries(modules)) await farm.write(file, text)
    return farm
  }

  /** Writes a module. */
  write(file: string, text: string): Promise<void> {
    return writeFile(join(this.folder, 'rules', file), text)
  }

  /** Adds blobs of a line each under a tag, in one step for each. */
  async push(tag: string, names: readonly string[], text: string): Promise<void> {
    const blobs = await this.kitchen.blobs()
    for (const name of names) {
      const file = join(this.folder, `${name}.json`)
      await writeFile(file, text)
      await blobs.push(tag, [file])
    }
  }

  /** Starts a daemon; resolves when it knows its rules. */
  async daemon(args: readonly string[] = []): Promise<Running> {
    const daemon = startHob(['rule', 'daemon', ...args], { cwd: this.folder })
    this.#daemons.push(daemon)
    await until('the daemon knows its rules', () => /Loaded |"loaded"/.test(daemon.out) || daemon.hasEnded)
    if (daemon.hasEnded) throw new Error(`the daemon ended: ${daemon.err}`)
    return daemon
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const daemon of this.#daemons) daemon.kill('SIGKILL')
    await Promise.all(this.#daemons.map(({ ended }) => ended))
    await this.kitchen.close()
    await rm(this.folder, { recursive: true })
  }
}
