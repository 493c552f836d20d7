/** What an error can say besides its message. */
export interface ErrorDetails {
  /** One sentence for the person at the terminal: what to do now. */
  readonly hint?: string
  readonly cause?: unknown
}

/** What an error of any copy of this package says of its classes. */
const CLASSES = Symbol.for('hob.error')

/**
 * An error that a person can act on: a code from a closed union, one line, and a hint.
 *
 * `instanceof` goes by the names of classes, so that it holds between two copies of this package in one process: the command line has
 * a copy of its own beside that which the modules of `hob work` import.
 */
export abstract class HobError extends Error {
  abstract readonly code: string
  /** Only where there is one, so that Node.js prints no `hint: undefined`. */
  declare readonly hint: string | undefined

  constructor(message: string, details: ErrorDetails = {}) {
    super(message, details.cause === undefined ? undefined : { cause: details.cause })
    this.name = new.target.name
    if (details.hint !== undefined) this.hint = details.hint
    Object.defineProperty(this, CLASSES, { value: classesOf(this) })
  }

  static override [Symbol.hasInstance](value: unknown): boolean {
    const names = value instanceof Error ? (value as Error & { [CLASSES]?: readonly string[] })[CLASSES] : undefined
    // biome-ignore lint/complexity/noThisInStatic: it is the class that stands on the right of `instanceof`.
    return names?.includes(this.name) === true
  }
}

/** The names of an error's class and of those above it. */
function classesOf(error: Error): readonly string[] {
  const names: string[] = []
  for (let at = Object.getPrototypeOf(error); at instanceof Error; at = Object.getPrototypeOf(at)) {
    names.push(at.constructor.name)
  }
  return names
}

/**
 * Why a kitchen could not do what was asked.
 *
 * - `missing`: there is no kitchen at this URL, and the caller did not ask to create one; or it is gone since it was opened; or it has
 *   no such job
 * - `unreachable`: the store cannot be reached; whether the call took effect is unknown
 * - `denied`: no permission, or the store is read-only
 * - `full`: no room left; the call took no effect
 * - `corrupt`: the store is damaged
 * - `foreign`: what is there is not a Hob kitchen
 * - `newer`: the store was made by a newer Hob
 * - `busy`: the store stayed locked by others for longer than the stated bound; the call took no effect
 * - `closed`: the kitchen was closed by this program
 * - `url`: the URL names no kitchen
 * - `fault`: anything else that the store reported; the cause is kept
 */
export type KitchenErrorCode =
  | 'missing'
  | 'unreachable'
  | 'denied'
  | 'full'
  | 'corrupt'
  | 'foreign'
  | 'newer'
  | 'busy'
  | 'closed'
  | 'url'
  | 'fault'

/** A kitchen could not do what was asked; `code` says why. */
export class KitchenError extends HobError {
  readonly code: KitchenErrorCode

  constructor(code: KitchenErrorCode, message: string, details?: ErrorDetails) {
    super(message, details)
    this.code = code
  }
}

/**
 * Why blobs could not be stored, read or tagged.
 *
 * - `missing`: there is no such blob, or no such tag
 * - `full`: no room left; nothing was stored
 * - `denied`: no permission, or the store is read-only
 * - `damaged`: what is stored is not the content that its name says, or cannot be unpacked
 * - `input`: what should become blobs cannot be read, or cut
 * - `shared`: another kitchen has blobs in the store, too; nothing was removed
 * - `url`: the URL names no store
 * - `fault`: anything else that the store reported; the cause is kept
 */
export type BlobErrorCode = 'missing' | 'full' | 'denied' | 'damaged' | 'input' | 'shared' | 'url' | 'fault'

/** Blobs could not be stored, read or tagged; `code` says why. */
export class BlobError extends HobError {
  readonly code: BlobErrorCode

  constructor(code: BlobErrorCode, message: string, details?: ErrorDetails) {
    super(message, details)
    this.code = code
  }
}

/** The lease of a job has ended, so that another may do the job: what was asked for on its behalf was not done. */
export class LeaseLostError extends HobError {
  readonly code = 'lease-lost'
}

/** A job whose result was awaited ended without one: in error, or cancelled. The message is what the job says of it. */
export class JobFailedError extends HobError {
  readonly code = 'job-failed'
  /** The job's id. */
  readonly job: string
  readonly state: 'error' | 'cancelled'

  constructor(job: string, state: JobFailedError['state'], message: string) {
    super(message)
    this.job = job
    this.state = state
  }
}

/** What was waited for did not come within the time that the caller gave; it may still come. */
export class TimeoutError extends HobError {
  readonly code = 'timeout'
}

/** A value from the caller is outside its stated bounds, or over a cap. Nothing was done. */
export class ArgumentError extends HobError {
  readonly code = 'argument'
}

/**
 * Why a rule could not be made or run.
 *
 * - `rule`: it is wrong as it is written; the message lists all that is
 * - `input`: what it shall read is not there, or damaged
 * - `function`: one of its functions threw where no record can be set aside for it
 * - `bad-rows`: more records were bad than `maxBadRatio` allows
 * - `warehouse`: the result stands, and could not be written where it goes
 * - `stalled`: a function made no progress for `stallMs`
 * - `changed`: it was edited since the work that shall go on began
 * - `fault`: anything else, such as a full disk; the cause is kept
 */
export type RuleErrorCode = 'rule' | 'input' | 'function' | 'bad-rows' | 'warehouse' | 'stalled' | 'changed' | 'fault'

/** A rule could not be made or run; `code` says why. */
export class RuleError extends HobError {
  readonly code: RuleErrorCode

  constructor(code: RuleErrorCode, message: string, details?: ErrorDetails) {
    super(message, details)
    this.code = code
  }
}

/** What was thrown, in a line: an error's message; what is no error as its text. */
export const messageOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown))
