import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { HOB } from '../cli/hob.js'
import { until } from './until.js'

/** How a process ended, with all that it said. */
export interface Ended {
  readonly status: number | null
  readonly signal: NodeJS.Signals | null
  readonly out: string
  readonly err: string
}

export interface RunningOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  /** Another user, for whom permissions count; root passes over them. */
  readonly uid?: number
}

/** A process that a test started and talks to. */
export class Running {
  readonly ended: Promise<Ended>
  readonly #child: ChildProcess
  #out = ''
  #err = ''

  constructor(file: string, args: readonly string[], { cwd, env = {}, uid }: RunningOptions) {
    const options: SpawnOptions = { cwd, env: { PATH: process.env.PATH, ...env } }
    const child = spawn(file, args, uid === undefined ? options : { ...options, uid, gid: uid })
    this.#child = child
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#out += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#err += text
    })
    child.stdin?.on('error', () => {})
    this.ended = new Promise((resolve, reject) => {
      child.on('error', reject)
      child.on('close', (status, signal) => resolve({ status, signal, out: this.#out, err: this.#err }))
    })
  }

  get pid(): number {
    const { pid } = this.#child
    if (pid === undefined) throw new Error('the process did not start')
    return pid
  }

  /** What it has said so far. */
  get out(): string {
    return this.#out
  }

  get err(): string {
    return this.#err
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal)
  }

  type(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Resolves once it has said this on standard error. */
  async says(text: string): Promise<void> {
    await until(`it says "${text}"; it said "${this.#err}"`, () => this.#err.includes(text))
  }
}

const started = new Set<Running>()

/** Starts a program; `endAll` ends it, should the test not have done so. */
export function start(file: string, args: readonly string[], options: RunningOptions): Running {
  const running = new Running(file, args, options)
  started.add(running)
  const forget = () => started.delete(running)
  running.ended.then(forget, forget)
  return running
}

/** Starts the real program in a folder, without the settings of whoever runs the tests. */
export const startHob = (args: readonly string[], options: RunningOptions): Running =>
  start(process.execPath, [HOB, ...args], options)

/** Where a small program starts. */
export interface FixtureOptions extends RunningOptions {
  /** Words before its command, of a program that becomes it, like `nsenter --net=FILE`. */
  readonly within?: readonly string[]
}

/** Starts a small program of `test/faults/fixtures`. */
export function startFixture(name: string, args: readonly string[], options: FixtureOptions): Running {
  const [first = '', ...rest] = [...(options.within ?? []), process.execPath, fixture(`${name}.mjs`), ...args]
  return start(first, rest, options)
}

/** The path of a file of `test/faults/fixtures`. */
export const fixture = (name: string): string => fileURLToPath(new URL(`../faults/fixtures/${name}`, import.meta.url))

/** Ends whatever a test that failed has left running. */
export async function endAll(): Promise<void> {
  const left = [...started]
  for (const running of left) running.kill('SIGKILL')
  await Promise.allSettled(left.map(({ ended }) => ended))
}

/** Whether a process lives; one that has ended and was not reaped does not. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
  } catch {
    return false
  }
  if (process.platform !== 'linux') return true
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return !'ZX'.includes(stat.charAt(stat.lastIndexOf(')') + 2))
  } catch {
    return false
  }
}
