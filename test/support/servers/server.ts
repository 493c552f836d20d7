import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { chownSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { isAlive } from '../running.js'
import { until } from '../until.js'
import { freePort } from './free-port.js'
import { demand, type Need } from './need.js'

/** How a server is started. */
export interface ServerCommand {
  readonly file: string
  readonly args: readonly string[]
}

/** Where one server lives: it keeps its folder and its port for all its life, through crashes and restarts. */
export interface ServerPlace {
  readonly folder: string
  readonly port: number
}

/** What differs between servers of one kind. */
export interface ServerOptions {
  /** The server's own settings by name, over those that make it a test's. */
  readonly settings?: Readonly<Record<string, string>>
  /** The address that it listens on; 127.0.0.1 unless given. */
  readonly host?: string
  /** Words before its command, of a program that becomes the server, like `ip netns exec NAME`. */
  readonly within?: readonly string[]
}

const WATCHDOG = fileURLToPath(new URL('watchdog.sh', import.meta.url))

/** Enough of a log to tell why a server did not start. */
const LOG_CHARACTERS = 20_000

const START_MS = 20_000

/**
 * A real server in a temporary folder, which a test may kill, freeze and start again.
 *
 * A watchdog ends it and removes the folder when this process is gone, so that nothing stays behind even after kill -9.
 */
export abstract class Server {
  readonly folder: string
  readonly port: number
  readonly host: string
  readonly #within: readonly string[]
  readonly #watchdog: ChildProcess
  readonly #cleared: Promise<unknown>
  #child: ChildProcess | undefined
  #isPaused = false
  #log = ''

  protected constructor({ folder, port }: ServerPlace, { host = '127.0.0.1', within = [] }: ServerOptions) {
    this.folder = folder
    this.port = port
    this.host = host
    this.#within = within
    // A process group of its own: Ctrl-C, which ends the tests, shall not end it before them.
    this.#watchdog = spawn('/bin/sh', [WATCHDOG, folder], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
    this.#watchdog.stdin?.on('error', () => {})
    this.#cleared = new Promise((resolve) => this.#watchdog.once('close', resolve))
  }

  /** The URL by which a kitchen is opened in it. */
  abstract get url(): string
  /** The file of its socket, by which it is reached from other networks of this machine too. */
  abstract get socket(): string
  protected abstract get command(): ServerCommand
  /** The user that it runs as; undefined: whoever runs the tests. */
  protected abstract get uid(): number | undefined
  /** It logs this when it can be spoken to. */
  protected abstract readonly readyLine: string
  /** It ends in good order on this one. */
  protected abstract readonly stopSignal: NodeJS.Signals
  /** Makes what it needs in its folder, once. */
  protected async prepare(): Promise<void> {}

  /** What it has logged since its last start. */
  get log(): string {
    return this.#log
  }

  get isRunning(): boolean {
    return this.#child !== undefined
  }

  /** The processes of the server, itself first; none when it is down. */
  get pids(): readonly number[] {
    const pid = this.#child?.pid
    return pid === undefined ? [] : [pid, ...childrenOf(pid)]
  }

  /** Makes a folder for a server, finds it a port, and starts it. */
  protected static async startNew<S extends Server>(need: Need, make: (place: ServerPlace) => S): Promise<S> {
    await demand(need)
    for (;;) {
      const folder = await mkdtemp(join(tmpdir(), 'hob-server-'))
      const server = make({ folder, port: await freePort() })
      if (server.uid !== undefined) chownSync(folder, server.uid, server.uid)
      try {
        await server.prepare()
        await server.restart()
        return server
      } catch (error) {
        await server.dispose()
        // Somebody was quicker to use the port.
        if (!/address already in use/i.test(server.log)) throw error
      }
    }
  }

  /** Starts it on the same port and folder, and stops it before when it runs. Resolves when it can be spoken to. */
  async restart(): Promise<void> {
    await this.stop()
    const { file, args } = this.command
    const [first = file, ...rest] = [...this.#before, file, ...args]
    this.#log = ''
    const identity = this.#within.length > 0 ? {} : this.identity
    const child = spawn(first, rest, { cwd: this.folder, stdio: ['ignore', 'pipe', 'pipe'], ...identity })
    this.#child = child
    this.#watchdog.stdin?.write(`${child.pid ?? ''}\n`)
    const forget = () => {
      this.#child = undefined
      this.#watchdog.stdin?.write('\n')
    }
    // One that could not be started has an error and no exit.
    if (child.pid === undefined) forget()
    else child.once('exit', forget)
    await this.#isReady(child)
  }

  /** Kills it as a crash of its machine would, but for what the system has been given to write: SIGKILL to all of it. */
  async kill(): Promise<void> {
    // Stopped first, so that it starts nothing while we look.
    this.#signal('SIGSTOP')
    const { pids } = this
    await this.#end(() => this.#signal('SIGKILL'))
    await until('its processes are gone', () => !pids.some(isAlive))
  }

  /** Ends it in good order, and whoever speaks to it. Does nothing when it is down. */
  async stop(): Promise<void> {
    if (this.#isPaused) this.resume()
    await this.#end((child) => child.kill(this.stopSignal))
  }

  /** Freezes it: it takes connections, since the system does, and answers nothing. */
  pause(): void {
    this.#signal('SIGSTOP')
    this.#isPaused = true
  }

  /** Lets it go on. */
  resume(): void {
    this.#isPaused = false
    this.#signal('SIGCONT')
  }

  /** Ends it and removes its folder. Safe twice. */
  async dispose(): Promise<void> {
    const child = this.#child
    const exited = child && new Promise((resolve) => child.once('exit', resolve))
    this.#watchdog.stdin?.end()
    await this.#cleared
    await exited
  }

  /** As whom to spawn what belongs to it. */
  protected get identity(): { readonly uid?: number; readonly gid?: number } {
    return this.uid === undefined ? {} : { uid: this.uid, gid: this.uid }
  }

  /** What stands before the command. Entering another network takes rights that its user lacks, so that comes first. */
  get #before(): readonly string[] {
    if (this.#within.length === 0 || this.uid === undefined) return this.#within
    return [...this.#within, 'setpriv', `--reuid=${this.uid}`, `--regid=${this.uid}`, '--clear-groups']
  }

  #signal(signal: NodeJS.Signals): void {
    // Itself first, so that it starts nothing in the place of what is gone.
    for (const pid of this.pids) {
      try {
        process.kill(pid, signal)
      } catch {
        // It has ended by itself since we looked.
      }
    }
  }

  async #end(tell: (child: ChildProcess) => void): Promise<void> {
    const child = this.#child
    if (child === undefined) return
    const exited = new Promise((resolve) => child.once('exit', resolve))
    tell(child)
    await exited
    this.#isPaused = false
  }

  #isReady(child: ChildProcess): Promise<void> {
    return new Promise((resolve, reject) => {
      const fail = (why: string) => reject(new Error(`${this.command.file} ${why}; it said:\n${this.#log}`))
      const timer = setTimeout(() => fail('was not ready in time'), START_MS)
      const hear = (text: string) => {
        this.#log = (this.#log + text).slice(-LOG_CHARACTERS)
        if (!this.#log.includes(this.readyLine)) return
        clearTimeout(timer)
        resolve()
      }
      for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', hear)
      child.once('error', (error) => fail(error.message))
      // All that it said has been heard then.
      child.once('close', () => fail('ended'))
      for (const event of ['error', 'close']) child.once(event, () => clearTimeout(timer))
    })
  }
}

function childrenOf(parent: number): readonly number[] {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=', '-o', 'ppid='], { encoding: 'utf8' }).trim().split('\n')
  const pairs = lines.map((line) => line.trim().split(/\s+/).map(Number))
  return pairs.flatMap(([pid, ppid]) => (pid !== undefined && ppid === parent ? [pid] : []))
}
