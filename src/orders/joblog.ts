import { once } from 'node:events'
import type { WriteStream } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { constants } from 'node:os'
import { ArgumentError, type ErrorDetails, HobError, messageOf } from '../core/errors.js'
import { oneLineCommand } from './shell-quote.js'

/** One attempt that is over. */
export interface JoblogEntry {
  /** Counts the attempts of this waiter, from 1. */
  readonly seq: number
  readonly host: string
  /** Milliseconds since 1970. */
  readonly startedMs: number
  readonly ranMs: number
  /** Bytes that the command was given on standard input. */
  readonly sendBytes: number
  /** Bytes that it wrote to standard output. */
  readonly receiveBytes: number
  /** null when a signal ended it. */
  readonly exitCode: number | null
  /** Like `SIGKILL`. */
  readonly signal: string | null
  readonly command: readonly string[]
  readonly id: string
  readonly attempt: number
  readonly waiter: string
}

/** GNU parallel's nine columns, so that its users' scripts read them; what Hob adds comes after. */
const COLUMNS = [
  ...['Seq', 'Host', 'Starttime', 'JobRuntime', 'Send', 'Receive', 'Exitval', 'Signal', 'Command'],
  ...['Id', 'Attempt', 'Waiter'],
]

/** The joblog can no longer be written; the cause says why. What the orders came to is not touched by it. */
export class JoblogError extends HobError {
  readonly code = 'joblog'
}

/** A log of attempts in a file. */
export interface Joblog {
  /**
   * Adds one line.
   *
   * @returns When there is room for more; one who waits for it before the next line fills no memory.
   * @throws JoblogError
   */
  write(entry: JoblogEntry): Promise<void>
  /** Resolves when all lines are written. Safe twice. Throws as `write` does. */
  close(): Promise<void>
}

/**
 * Opens a joblog, adding to one that is there.
 *
 * @throws ArgumentError when the file cannot be written.
 */
export async function openJoblog(path: string): Promise<Joblog> {
  let file: FileHandle
  try {
    file = await open(path, 'a')
  } catch (cause) {
    throw new ArgumentError(...cannotWrite(path, cause))
  }
  const { size } = await file.stat()
  const log = new FileJoblog(path, file.createWriteStream())
  if (size === 0) await log.writeLine(COLUMNS)
  return log
}

class FileJoblog implements Joblog {
  readonly #path: string
  readonly #stream: WriteStream
  #fault: unknown
  #drained: Promise<unknown> | null = null

  constructor(path: string, stream: WriteStream) {
    this.#path = path
    this.#stream = stream
    stream.on('error', (error) => {
      this.#fault = error
    })
  }

  async write(entry: JoblogEntry): Promise<void> {
    await this.writeLine(fieldsOf(entry))
  }

  async writeLine(fields: readonly string[]): Promise<void> {
    this.#throwIfFailed()
    if (this.#stream.write(`${fields.join('\t')}\n`)) return
    // One listener for all who wait.
    this.#drained ??= once(this.#stream, 'drain').finally(() => {
      this.#drained = null
    })
    await this.#drained.catch(() => {})
    this.#throwIfFailed()
  }

  async close(): Promise<void> {
    if (!this.#stream.closed) {
      this.#stream.end()
      await once(this.#stream, 'close').catch(() => {})
    }
    this.#throwIfFailed()
  }

  #throwIfFailed(): void {
    if (this.#fault !== undefined) throw new JoblogError(...cannotWrite(this.#path, this.#fault))
  }
}

function fieldsOf(entry: JoblogEntry): readonly string[] {
  return [
    String(entry.seq),
    oneWord(entry.host),
    (entry.startedMs / 1_000).toFixed(3),
    // Ten characters wide, as parallel writes it.
    (entry.ranMs / 1_000).toFixed(3).padStart(10),
    String(entry.sendBytes),
    String(entry.receiveBytes),
    // parallel, too, writes 0 for a command that a signal ended.
    String(entry.exitCode ?? 0),
    String(signalNumber(entry.signal)),
    oneLineCommand(entry.command),
    entry.id,
    String(entry.attempt),
    oneWord(entry.waiter),
  ]
}

const signalNumber = (signal: string | null): number =>
  Object.entries(constants.signals).find(([name]) => name === signal)?.[1] ?? 0

/** Names that people give may hold anything. */
const oneWord = (name: string): string => name.replace(/\s+/g, ' ')

/** The message and the details of an error that says so. */
function cannotWrite(path: string, cause: unknown): [message: string, details: ErrorDetails] {
  const reason = messageOf(cause)
  const hint = 'Check that --joblog names a file in a folder that you may write to, and that there is room.'
  return [`cannot write the joblog ${path}: ${reason}`, { hint, cause }]
}
