import type { JobId, JobStore } from '../broker/job-store.js'
import type { RecordPut, Records } from '../broker/records.js'
import { fits, tail } from '../broker/tail.js'
import { formatCount } from '../core/count.js'
import { ArgumentError } from '../core/errors.js'
import { type Json, type JsonText, parseJson } from '../core/json.js'

/** One line that a handler wrote. */
export interface LogLine {
  /** When, in milliseconds since 1970 on the worker's clock. */
  readonly atMs: number
  readonly text: string
}

/** What a job's handlers noted while they ran, over all its attempts. Kept for a day after the last note. */
export interface JobNotes {
  /** The last that was told; null when none was. */
  readonly progress: Json
  /** The newest lines, oldest first: 64 KiB of them in all. */
  readonly log: readonly LogLine[]
  /** Lines that were dropped, the oldest, because there was no room. */
  readonly droppedCount: number
}

/** Bytes of UTF-8 of all lines of a job. */
const LOG_BYTES_MAX = 64 * 1024

/** Bytes that a line costs beside its text. */
const LINE_BYTES = 40

/** Bytes of UTF-8 of a job's progress. */
const PROGRESS_BYTES_MAX = 16 * 1024

/** Notes are put at most so often; what comes meanwhile goes with the next put, or with the job's outcome. */
const SAVE_MS = 1_000

const KEPT_MS = 86_400_000

/** Notes in one commit: 64 KiB each at most. */
const SAVES_MAX = 100

const keyOf = (id: JobId): string => `note/${id}`

const NOTHING: JobNotes = { progress: null, log: [], droppedCount: 0 }

/** What was noted of a job; undefined when nothing was, or it is a day old. */
export async function readNotes(records: Pick<Records, 'record'>, id: JobId): Promise<JobNotes | undefined> {
  const record = await records.record(keyOf(id))
  return record === undefined ? undefined : { ...NOTHING, ...(parseJson(record.value) as Partial<JobNotes>) }
}

/** The notes of one run of a job. They go on where those of earlier runs ended. */
export class RunNotes {
  readonly #id: JobId
  readonly #onOver: (notes: RunNotes) => void
  #progress: JsonText = 'null'
  #log: LogLine[] = []
  #logBytes = 0
  #droppedCount = 0
  /** Counts changes; `#saved` is the last of them that is known to be kept. */
  #changes = 0
  #saved = 0
  #isOver = false
  /** Settles, never rejects, when the notes of earlier runs are known; null once they are. */
  #reading: Promise<void> | null

  /** @param onOver Told when nothing more will be noted. */
  constructor(id: JobId, records: Pick<Records, 'record'>, onOver: (notes: RunNotes) => void) {
    this.#id = id
    this.#onOver = onOver
    this.#reading = readNotes(records, id)
      .then((earlier) => this.#goOn(earlier ?? NOTHING))
      // They are a courtesy: a job must not fail because those of an earlier attempt cannot be read now.
      .catch(() => this.#goOn(NOTHING))
  }

  /** @throws ArgumentError when JSON cannot hold the value, or it is over 16 KiB. */
  progress(value: unknown): void {
    const text = progressText(value)
    if (this.#isOver) return
    this.#progress = text
    this.#changes++
  }

  /** A line over 4 KiB keeps its end. @throws ArgumentError when it is no text. */
  log(line: string): void {
    if (typeof line !== 'string') throw new ArgumentError(`a log line is a text, not a ${typeof line}`)
    if (this.#isOver) return
    this.#add({ atMs: Date.now(), text: tail(line) })
    this.#changes++
  }

  /** Resolves when {@link put} may be asked for; null: now. */
  get ready(): Promise<void> | null {
    return this.#reading
  }

  /** What is to be put now; undefined when all is kept already. */
  put(): RecordPut | undefined {
    if (this.#changes === this.#saved || this.#reading !== null) return undefined
    // Members are joined as texts, since what was told as progress may have changed meanwhile.
    const log = JSON.stringify(this.#log)
    const value = `{"progress":${this.#progress},"log":${log},"droppedCount":${this.#droppedCount}}`
    return { key: keyOf(this.#id), value, ttlMs: KEPT_MS }
  }

  /** Says that what {@link put} answered is kept once the promise resolves. */
  async saving(kept: Promise<unknown>): Promise<void> {
    const changes = this.#changes
    await kept
    this.#saved = changes
  }

  /** The run is over, or may speak for its job no more: what comes later is not noted. */
  end(): void {
    this.#isOver = true
    this.#onOver(this)
  }

  #goOn({ progress, log, droppedCount }: JobNotes): void {
    const own = this.#log
    this.#log = []
    this.#logBytes = 0
    this.#droppedCount += droppedCount
    for (const line of [...log, ...own]) this.#add(line)
    if (this.#progress === 'null') this.#progress = JSON.stringify(progress)
    this.#reading = null
  }

  #add(line: LogLine): void {
    this.#log.push(line)
    this.#logBytes += bytesOf(line)
    while (this.#logBytes > LOG_BYTES_MAX) {
      const oldest = this.#log.shift()
      if (oldest === undefined) return
      this.#logBytes -= bytesOf(oldest)
      this.#droppedCount++
    }
  }
}

const bytesOf = ({ text }: LogLine): number => Buffer.byteLength(JSON.stringify(text)) + LINE_BYTES

function progressText(value: unknown): JsonText {
  let text: JsonText | undefined
  try {
    text = JSON.stringify(value)
  } catch (error) {
    throw new ArgumentError('JSON cannot hold this progress', { cause: error })
  }
  if (text === undefined) throw new ArgumentError(`JSON cannot hold a progress of type ${typeof value}`)
  if (!fits(text, PROGRESS_BYTES_MAX))
    throw new ArgumentError(`a progress has at most ${formatCount(PROGRESS_BYTES_MAX)} bytes`)
  return text
}

/** Saves the notes of all jobs that a process runs on one kitchen. It does nothing while no job notes anything. */
export class NoteBook {
  readonly #store: Pick<JobStore, 'commit'> & Pick<Records, 'record'>
  readonly #open = new Set<RunNotes>()
  #timer: NodeJS.Timeout | null = null

  constructor(store: Pick<JobStore, 'commit'> & Pick<Records, 'record'>) {
    this.#store = store
  }

  /** The notes of a run that begins to note. */
  open(id: JobId): RunNotes {
    const notes = new RunNotes(id, this.#store, (over) => this.#close(over))
    this.#open.add(notes)
    this.#timer ??= setInterval(() => this.#save(), SAVE_MS).unref()
    return notes
  }

  #close(notes: RunNotes): void {
    this.#open.delete(notes)
    if (this.#open.size > 0 || this.#timer === null) return
    clearInterval(this.#timer)
    this.#timer = null
  }

  #save(): void {
    const dirty = [...this.#open].flatMap((notes) => {
      const put = notes.put()
      return put === undefined ? [] : [{ notes, put }]
    })
    for (let at = 0; at < dirty.length; at += SAVES_MAX) {
      const some = dirty.slice(at, at + SAVES_MAX)
      const kept = this.#store.commit(some.map(({ put }) => ({ put: [put] })))
      // What could not be saved now goes with the next save, or with the outcome.
      for (const { notes } of some) notes.saving(kept).catch(() => {})
    }
  }
}
