import { type ChildProcess, spawn } from 'node:child_process'

/**
 * Reads lines, each the lanes that stand now, until the waiter closes the pipe or dies; then ends these lanes with all
 * that runs in them, and deletes the folder. `kill -KILL -N` is the one form that dash, bash and busybox all take.
 */
const SCRIPT = `
trap '' HUP INT QUIT USR1 USR2 PIPE ALRM TERM
lanes=
while read -r line; do lanes=$line; done
for lane in $lanes; do kill -KILL "-$lane"; done
rm -rf -- "$1"
`

/** Not at once, so that a shell that cannot live here is not started without end. */
const REPLACE_MS = 100

/**
 * A small shell that outlives the waiter, even its `kill -9`, and takes its commands and temporary files along.
 * In a session of its own, so that nothing sent to the waiter's or to a command's group reaches it.
 */
export class Watcher {
  readonly #shellFile: string
  readonly #folder: string
  #shell: ChildProcess | undefined
  #lanes: readonly number[] = []
  #isStopped = false

  constructor(shellFile: string, folder: string) {
    this.#shellFile = shellFile
    this.#folder = folder
  }

  start(): void {
    // In the root folder, so that it never keeps a file system from being unmounted.
    const shell = spawn(this.#shellFile, ['-c', SCRIPT, 'hob-watcher', this.#folder], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    })
    this.#shell = shell
    shell.once('error', () => this.#replace(shell))
    shell.once('exit', () => this.#replace(shell))
    // A write fails only when the shell has ended, and that is told by its exit.
    shell.stdin?.on('error', () => {})
    this.watch(this.#lanes)
  }

  /** From now on these lanes, named by their pids, die with the waiter, and no others. */
  watch(lanes: readonly number[]): void {
    this.#lanes = lanes
    this.#shell?.stdin?.write(`${lanes.join(' ')}\n`)
  }

  /** Ends it, and with it the lanes that it still watches; resolves when the folder is gone. */
  async stop(): Promise<void> {
    this.#isStopped = true
    const shell = this.#shell
    if (!shell) return
    await new Promise<void>((resolve) => {
      shell.once('exit', () => resolve())
      shell.stdin?.end()
    })
  }

  #replace(shell: ChildProcess): void {
    if (this.#shell !== shell) return
    this.#shell = undefined
    if (this.#isStopped) return
    setTimeout(() => {
      if (!this.#isStopped) this.start()
    }, REPLACE_MS).unref()
  }
}
