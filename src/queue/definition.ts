import { isDeepStrictEqual } from 'node:util'
import { checkQueue, checkWhole } from '../broker/arguments.js'
import type { Retention } from '../broker/job-store.js'
import { type Backoff, type BackoffFunction, checkBackoff } from '../core/backoff.js'
import { ArgumentError } from '../core/errors.js'
import type { Json } from '../core/json.js'
import { checkKnown, checkObject } from '../core/members.js'
import { checkRetention } from './policies.js'
import { isStandardSchema, type SchemaInput, type SchemaOutput, type StandardSchema } from './standard-schema.js'

/** What all who use a queue agree on, besides its payload; each is what a worker goes by unless told otherwise. */
export interface QueueSettings {
  /** 1 to 200 characters. */
  readonly name: string
  /** Attempts, 1 or more, before a failure is final; 5 unless given. */
  readonly attempts?: number
  /** The wait before another attempt; `exponential()` unless given. */
  readonly backoff?: Backoff | BackoffFunction
  /** Milliseconds that an attempt may take; no bound unless given. */
  readonly timeoutMs?: number
  /** Ended jobs to keep, by number and by age; the newest 100 done and 10,000 others unless given. */
  readonly keep?: Partial<Retention>
}

/**
 * A queue as a value that sender and worker share; made by {@link defineQueue}.
 *
 * `Input` is what is sent and stored, `Payload` what a handler is given: the same, unless the schema changes it.
 */
export interface QueueDefinition<Input = Json, Payload = unknown> extends QueueSettings {
  readonly payload: StandardSchema<Input, Payload> | null
}

/**
 * Defines a queue, once, for those who send to it and those who work it. Opens and starts nothing.
 *
 * @param settings `payload` is any Standard Schema. It is checked when a job is sent and again when it is taken, since the two may
 * be different versions of a program. What is stored is its input, for that is what it can check again; what a handler is
 * given is its output. Without one, a sender may send any JSON, and a handler is given `unknown`.
 * @throws ArgumentError when a setting is out of its bounds, or none that there is.
 */
export function defineQueue<Schema extends StandardSchema = StandardSchema<Json, unknown>>(
  settings: QueueSettings & { readonly payload?: Schema },
): QueueDefinition<SchemaInput<Schema>, SchemaOutput<Schema>> {
  checkObject('the settings of a queue', settings)
  const { payload = null, keep, backoff, ...rest } = settings
  checkKnown('a queue', settings, FIELDS)
  checkQueue(settings.name)
  checkSettings(settings)
  if (payload !== null && !isStandardSchema(payload)) {
    throw new ArgumentError(`the payload of queue '${settings.name}' is no Standard Schema`, {
      hint: 'Give a schema of zod, valibot, arktype, or another that has ~standard.',
    })
  }
  return Object.freeze({
    ...rest,
    // What its types say, only the compiler knows.
    payload: payload as StandardSchema<SchemaInput<Schema>, SchemaOutput<Schema>> | null,
    ...(keep && { keep: Object.freeze({ ...keep }) }),
    ...(backoff && { backoff: typeof backoff === 'function' ? backoff : Object.freeze({ ...backoff }) }),
  })
}

/** @throws ArgumentError when a value is no definition: a module that was imported in a circle gives undefined. */
export function checkDefinition(value: unknown): asserts value is QueueDefinition {
  if (typeof value === 'object' && value !== null && 'name' in value && 'payload' in value) return
  throw new ArgumentError('a queue is a name, or what defineQueue made')
}

/** As long as a timer of Node can be. */
const TIMEOUT_MS_MAX = 2 ** 31 - 1

/** Checks what a queue's definition and a worker's options have in common. Each check here throws an ArgumentError. */
export function checkSettings({ attempts, backoff, timeoutMs, keep }: Omit<QueueSettings, 'name'>): void {
  if (attempts !== undefined) checkWhole('attempts', attempts, 1, Number.MAX_SAFE_INTEGER)
  if (timeoutMs !== undefined) checkWhole('timeoutMs', timeoutMs, 1, TIMEOUT_MS_MAX)
  if (backoff !== undefined && typeof backoff !== 'function') checkBackoff(backoff)
  if (keep !== undefined) checkRetention(keep)
}

const FIELDS = ['name', 'payload', 'attempts', 'backoff', 'timeoutMs', 'keep'] as const

/** The definitions that a program uses with one kitchen: one for each queue. */
export class Definitions {
  readonly #byName = new Map<string, QueueDefinition>()

  /**
   * Notes that a definition is used; two that say the same are one.
   *
   * @throws ArgumentError that names the fields, when another definition of the same queue was used that says otherwise.
   */
  use(definition: QueueDefinition): void {
    const known = this.#byName.get(definition.name)
    if (known === definition) return
    if (known === undefined) {
      this.#byName.set(definition.name, definition)
      return
    }
    const differing = FIELDS.filter((field) => !isSame(known[field], definition[field]))
    if (differing.length === 0) return
    throw new ArgumentError(`queue '${definition.name}' is defined twice, with another ${differing.join(' and ')}`, {
      hint: 'Define it once, and import that definition wherever it is used.',
    })
  }
}

/** Settings are compared by what they say; schemas and functions say nothing, and are the same or not. */
const isSame = (a: unknown, b: unknown): boolean => a === b || (isData(a) && isData(b) && isDeepStrictEqual(a, b))

const isData = (value: unknown): boolean => typeof value === 'object' && !isStandardSchema(value)
