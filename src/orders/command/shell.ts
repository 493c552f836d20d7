import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, rmSync } from 'node:fs'
import type { Writable } from 'node:stream'
import { singleQuote } from '../shell-quote.js'
import { Answers, REST_MS } from './answers.js'
import { CommandError, type End } from './command.js'
import { openPipe } from './open-pipe.js'
import { isGroupAlive, signalGroup } from './process-group.js'

/**
 * What the shell does first: its standard output becomes the pipe on which it answers, and it outlives signals that a
 * command sends to its whole group (`kill 0`). A trap, because an ignored signal would be ignored by the commands too.
 */
const PREAMBLE = 'exec >&2; trap : HUP INT QUIT USR1 USR2 PIPE ALRM TERM'

/** SIGINT and SIGPIPE end a command without a word from the shell. */
const SILENT_STATUSES: readonly number[] = [128 + 2, 128 + 13]

/** How often to look whether all of a group has ended, while its grace lasts. */
const GROUP_LOOK_MS = 25

/** What the shell says instead of a script that it was given ahead and that was withdrawn since. */
const WITHDRAWN = 'withdrawn'

/** How one script ended. */
export interface ScriptEnd {
  /** False when the shell was dead before its turn came, or it was withdrawn. */
  readonly hasBegun: boolean
  /** As a shell gives it: 128 and the signal's number when `isSignal`. */
  readonly status: number
  readonly isSignal: boolean
  readonly end: End
  /** What the shell itself said meanwhile. */
  readonly said: string
  /** When it began and when it was heard to end, as `performance.now` tells it. */
  readonly begunAtMs: number
  readonly atMs: number
}

/** What a script needs that is given ahead of its turn. */
export interface Turn {
  /** A file that is there: once it is gone, the script does not begin. Ignored when the shell is free. */
  readonly permit?: string | undefined
  /**
   * Called when it begins, with the time of `performance.now`: at once, or when the script before it is heard to have ended. Not for
   * one that is heard to have ended, too.
   */
  readonly onBegin?: (atMs: number) => void
}

interface Script {
  end: End
  readonly text: string
  readonly permit: string | undefined
  begin: (atMs: number) => void
  /** Its write failed: the shell was dead. */
  isUnread: boolean
  /** The signals that were to end the script before it may have met this one. */
  isStray: boolean
  readonly resolve: (end: ScriptEnd) => void
  readonly reject: (error: CommandError) => void
}

/**
 * A small persistent shell that runs one script after another, each with one command as its child.
 *
 * Node forks itself to start a process, which takes 1 ms and, once it has grown to 600 MB, 10 ms of a blocked event loop
 * (measured on Linux 6, 2 cores). A shell of 1 MB forks in a tenth of a millisecond.
 *
 * The shell leads a session and process group of its own: a terminal's Ctrl-C does not reach it, and one signal to the
 * group reaches the command with all its children. It reads plain scripts from its standard input; there is no loop and no
 * `eval`. It answers each with a line that begins with a secret word, so nothing it prints otherwise can be taken for one.
 *
 * It may be given scripts ahead, and goes straight on to them. They can be withdrawn until they begin: each looks for its
 * permit first, a file that we delete.
 */
export class Shell {
  /** Resolves when the shell has ended, and its group with it if it was retired. */
  readonly gone: Promise<void>
  readonly pid: number
  readonly #child: ChildProcess
  readonly #input: Writable
  readonly #word: string
  /** Where it is heard once it was told to answer there; until then, on its standard error. */
  #answers: Answers | undefined
  /** The one that runs, and those ahead. */
  readonly #scripts: Script[] = []
  /** Those that are not yet written: one turn's scripts go in one write. */
  #unwritten: Script[] = []
  #said = ''
  /** When the script that runs began. */
  #begunAtMs = 0
  #isClosing = false
  #hasLeft = false
  #groupGone: Promise<void> | undefined

  /** @throws CommandError `lane` when the shell cannot be started. */
  static async start(file: string): Promise<Shell> {
    const child = spawn(file, [], { detached: true, stdio: ['pipe', 'ignore', 'pipe'] })
    const { pid, stdin, stderr } = child
    if (pid === undefined) {
      const cause = await new Promise((resolve) => child.once('error', resolve))
      throw new CommandError('lane', `cannot start ${file}, which runs the commands`, { cause })
    }
    const shell = new Shell(child, pid, stdin)
    stderr.setEncoding('latin1')
    stderr.on('data', (text: string) => shell.#hear(text))
    const { hasBegun, status } = await shell.run(PREAMBLE)
    if (hasBegun && status === 0) return shell
    throw new CommandError('lane', `${file}, which should run the commands, is no shell`)
  }

  private constructor(child: ChildProcess, pid: number, input: Writable) {
    this.#child = child
    this.#input = input
    this.pid = pid
    this.#word = `@${randomBytes(6).toString('hex')} `
    // A write fails only when the shell has ended before, and `close` follows.
    input.on('error', () => {})
    child.on('exit', () => {
      this.#killOrphans()
      this.#answers?.listen()
    })
    this.gone = new Promise((resolve) => {
      child.on('close', async (code, signal) => {
        await this.#answers?.ended
        this.#leave(code, signal)
        resolve(this.#groupGone)
      })
    })
  }

  /**
   * From now on it answers through this named pipe, where it need not be heard at once. Before the first command.
   * Its path is deleted: both have it open by then.
   *
   * @throws CommandError `output` when we cannot open it; `lane` when the shell cannot.
   */
  async answerThrough(path: string): Promise<void> {
    const fd = openPipe(path)
    try {
      // Heard only when it is open for writing: else we might be told at once that it is at its end.
      const { status, said } = await this.run(`exec 3>${singleQuote(path)}`)
      if (status !== 0) throw new CommandError('lane', `the shell that runs commands cannot answer: ${said}`)
    } catch (error) {
      closeSync(fd)
      throw error
    } finally {
      rmSync(path, { force: true })
    }
    this.#answers = new Answers(fd, (text) => this.#hear(text))
    await this.run('exec >&3 2>&3 3>&-')
  }

  /** False once it takes no more scripts. */
  get isOpen(): boolean {
    return !this.#isClosing && this.#child.exitCode === null && this.#child.signalCode === null
  }

  /**
   * Runs one complete shell command, of one or more lines; after those it was given before.
   *
   * @throws CommandError `lane` when the shell ended by itself meanwhile (when it was killed, so was the command);
   *   `stopped` when it takes no more scripts.
   */
  run(text: string, turn: Turn = {}): Promise<ScriptEnd> {
    if (this.#isClosing) return Promise.reject(new CommandError('stopped', 'stopped before the command began'))
    if (this.#hasLeft) return Promise.resolve(notBegun('exited'))
    return new Promise((resolve, reject) => {
      const { permit, onBegin = () => {} } = turn
      const isAhead = this.#scripts.length > 0
      const guarded = isAhead && permit !== undefined ? guard(text, permit) : text
      const script: Script = {
        text: `${guarded}\necho ${this.#word}$?\n`,
        end: 'exited',
        permit,
        begin: onBegin,
        isUnread: false,
        isStray: false,
        resolve,
        reject,
      }
      this.#scripts.push(script)
      this.#write(script)
      if (isAhead) return
      this.#said = ''
      this.#begin(script, performance.now())
    })
  }

  /** Takes back the scripts that are ahead with a permit: they resolve as not begun, unless it turns out that they had begun already. */
  withdraw(): void {
    this.#answers?.listen()
    const ahead = this.#scripts.slice(1).filter(({ permit }) => permit !== undefined)
    for (const permit of new Set(ahead.map(({ permit = '' }) => permit))) rmSync(permit, { force: true })
    // The shell answers for a script, and then looks for the permit of the next. So when that answer was not there yet
    // after we deleted it, the look is still to come. The second call comes after we have read all that was there.
    setImmediate(() =>
      setImmediate(() => {
        for (const script of this.#scripts.slice(1)) {
          if (!ahead.includes(script)) continue
          script.begin = () => {}
          script.resolve(notBegun('exited'))
        }
      }),
    )
  }

  /**
   * Ends what runs, for this reason: TERM to the whole group, and KILL to what is left of it after the grace.
   * The shell takes no more scripts, and those that are ahead come back as not begun: also when the signals may have met
   * them, unless they had done their work. Safe twice: the first reason and the first grace stand.
   */
  retire(end: End, graceMs: number): void {
    if (this.#isClosing) return
    this.#isClosing = true
    const [running] = this.#scripts
    if (running) running.end = end
    this.withdraw()
    this.#groupGone = this.#endGroup(running, graceMs)
  }

  /** Lets the shell end once it has nothing to do. What its commands left behind lives on. */
  close(): void {
    this.#isClosing = true
    this.#input.end()
  }

  /** After all was heard that was said before the withdrawal: who failed by himself is not taken for one whom we ended. */
  async #endGroup(running: Script | undefined, graceMs: number): Promise<void> {
    await new Promise((resolve) => setImmediate(() => setImmediate(resolve)))
    for (const script of this.#scripts) if (script !== running) script.isStray = true
    signalGroup(this.pid, 'SIGTERM')
    // A stopped process acts on TERM only once it is continued.
    signalGroup(this.pid, 'SIGCONT')
    this.#input.end()
    await groupGone(this.pid, graceMs)
  }

  #begin(script: Script | undefined, atMs: number): void {
    this.#begunAtMs = atMs
    script?.begin(atMs)
  }

  #write(script: Script): void {
    if (this.#unwritten.push(script) > 1) return
    // After all promises that are settled by now, and so after all scripts that follow from what was just heard.
    process.nextTick(() => this.#flush())
  }

  #flush(): void {
    const scripts = this.#unwritten
    this.#unwritten = []
    this.#input.write(scripts.map(({ text }) => text).join(''), (error) => {
      if (error) for (const script of scripts) script.isUnread = true
    })
  }

  #hear(text: string): void {
    // At most what the shell says of its commands: bash quotes a command whole when a signal ends it.
    this.#said += text
    if (!text.endsWith('\n')) return
    const [said = '', ...answers] = this.#said.split(this.#word)
    // The answer is still to come, most likely at once: no time to rest.
    if (answers.length === 0) return
    // What the shell said before each answer, and what it has said since the last one.
    const words = [said, ...answers.map((answer) => answer.slice(answer.indexOf('\n') + 1))]
    this.#said = words.pop() ?? ''
    // Those that are heard to end together share the time since the one before them; those that were withdrawn took none.
    const count = words.filter((word) => word.trim() !== WITHDRAWN).length
    const nowMs = performance.now()
    const shareMs = count === 0 ? 0 : (nowMs - this.#begunAtMs) / count
    let atMs = this.#begunAtMs
    for (const [at, word] of words.entries()) {
      const script = this.#scripts.shift()
      if (!script) return
      const answer = { status: Number.parseInt(answers[at] ?? '', 10), said: word.trim() }
      const times = { begunAtMs: atMs, atMs: answer.said === WITHDRAWN ? atMs : atMs + shareMs }
      script.resolve(endOf(script, answer, times))
      atMs = times.atMs
    }
    this.#begin(this.#scripts[0], nowMs)
    // With much more to do than it could in that time, it does not wait for us.
    if (this.#scripts.length * shareMs > 2 * REST_MS) this.#answers?.rest()
  }

  /** The shell was ended while its command ran: it may not run on unseen. */
  #killOrphans(): void {
    if (this.#scripts.length > 0) signalGroup(this.pid, 'SIGKILL')
  }

  #leave(code: number | null, signal: NodeJS.Signals | null): void {
    const [running, ...ahead] = this.#scripts.splice(0)
    this.#hasLeft = true
    for (const { resolve } of ahead) resolve(notBegun('exited'))
    if (!running) return
    const { end, resolve, reject } = running
    if (running.isUnread || running.isStray) resolve(notBegun(end))
    else if (signal !== null) resolve({ ...notBegun(end), hasBegun: true, begunAtMs: this.#begunAtMs })
    else reject(new CommandError('lane', `the shell that runs commands ended (${code}): ${this.#said.trim()}`))
  }
}

/** One command, with what goes around it on the same line: dash still starts it by `vfork`. */
const guard = (text: string, permit: string): string =>
  `if [ -e ${singleQuote(permit)} ]; then ${text}\nelse echo ${WITHDRAWN}; fi`

type Answer = Pick<ScriptEnd, 'status' | 'said'>
type Times = Pick<ScriptEnd, 'begunAtMs' | 'atMs'>

/** Field by field, as are others of each command here: to make them of others by spreading took V8 seven times as long. */
function endOf({ end, isStray }: Script, { status, said }: Answer, { begunAtMs, atMs }: Times): ScriptEnd {
  const isSignal = status > 128 && (said !== '' || SILENT_STATUSES.includes(status))
  const hasBegun = said !== WITHDRAWN && !(isStray && status !== 0)
  return { hasBegun, status, isSignal, end, said, begunAtMs, atMs }
}

/** The shell was killed, and so was the command, if it had begun. */
function notBegun(end: End): ScriptEnd {
  const nowMs = performance.now()
  return { hasBegun: false, status: 128 + 9, isSignal: true, end, said: '', begunAtMs: nowMs, atMs: nowMs }
}

/** Resolves when no process of the group is left; after the grace, what is left is killed. */
async function groupGone(pid: number, graceMs: number): Promise<void> {
  const untilMs = performance.now() + graceMs
  while (isGroupAlive(pid) && performance.now() < untilMs) {
    await new Promise((resolve) => setTimeout(resolve, Math.min(GROUP_LOOK_MS, graceMs)))
  }
  if (isGroupAlive(pid)) signalGroup(pid, 'SIGKILL')
}
