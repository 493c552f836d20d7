import { fits } from '../broker/tail.js'
import { ArgumentError } from '../core/errors.js'
import { type Json, type JsonText, parseJson } from '../core/json.js'
import { PAYLOAD_BYTES_MAX } from '../core/limits.js'
import type { SchemaAnswer, SchemaIssue, StandardSchema } from './standard-schema.js'

/** Issues told in one error; a payload that is quite another thing may have hundreds. */
const ISSUES_MAX = 3

/** Characters of one issue; some schemas repeat the value in it. */
const ISSUE_CHARS_MAX = 200

/**
 * A payload as it is stored, as `JSON.stringify` writes it: members that are undefined or functions are left out, and NaN
 * becomes null.
 *
 * @throws ArgumentError that names the queue, and the place in the payload, when JSON cannot hold it, or it is over the cap.
 */
export function payloadText(queue: string, payload: unknown): JsonText {
  const text = written(queue, payload)
  if (text === undefined) refuse(queue, '', `JSON cannot hold ${nameOf(payload)}`)
  if (!fits(text, PAYLOAD_BYTES_MAX)) {
    refuse(queue, '', `it has ${Buffer.byteLength(text)} bytes, and may have ${PAYLOAD_BYTES_MAX}`)
  }
  return text
}

/**
 * Checks that a payload fits the schema once it is read back, which is what a worker will do: a `Date` in it is a text by then.
 *
 * @returns Nothing, or a promise when the schema is asynchronous.
 * @throws ArgumentError that names the queue, the place in the payload, and what is wrong there.
 */
export function checkFits(queue: string, schema: StandardSchema, text: JsonText): void | Promise<void> {
  const answer = schema['~standard'].validate(parseJson(text))
  return answer instanceof Promise ? answer.then((later) => checkAnswer(queue, later)) : checkAnswer(queue, answer)
}

function checkAnswer(queue: string, { issues }: SchemaAnswer<unknown>): void {
  if (issues !== undefined) throw new ArgumentError(`the payload does not fit queue '${queue}': ${issuesText(issues)}`)
}

/** What is wrong, on one line: `to: Invalid email; cc.0: Required`. */
export function issuesText(issues: readonly SchemaIssue[]): string {
  const told = issues.slice(0, ISSUES_MAX).map(issueText)
  const more = issues.length - told.length
  return told.join('; ') + (more > 0 ? `; and ${more} more` : '')
}

function issueText({ path = [], message }: SchemaIssue): string {
  const place = path.map((part) => String(typeof part === 'object' ? part.key : part)).join('.')
  const line = message.replaceAll(/\s+/g, ' ').slice(0, ISSUE_CHARS_MAX)
  return place === '' ? line : `${place}: ${line}`
}

function written(queue: string, payload: unknown): JsonText | undefined {
  try {
    return JSON.stringify(payload)
  } catch (error) {
    const { path, what } = unwritable(payload, [], []) ?? { path: [], what: null }
    if (what !== null) refuse(queue, path.join('.'), `JSON cannot hold ${what}`)
    // What is left: a toJSON that throws, or a payload nested thousands of levels deep.
    refuse(queue, '', error instanceof Error ? error.message : String(error), error)
  }
}

function refuse(queue: string, place: string, what: string, cause?: unknown): never {
  const where = place === '' ? '' : `${place}: `
  throw new ArgumentError(`the payload cannot be sent to queue '${queue}': ${where}${what}`, { cause })
}

/** `JSON.stringify` goes deeper; the walk, whose calls take more of the stack, must not end as it did. */
const DEPTH_MAX = 1_000

/** The first place that makes `JSON.stringify` throw. Looked for only then: a walk costs more than the writing. */
function unwritable(
  value: unknown,
  path: readonly string[],
  above: readonly unknown[],
): { readonly path: readonly string[]; readonly what: string } | undefined {
  if (typeof value === 'bigint') return { path, what: nameOf(value) }
  if (typeof value !== 'object' || value === null || 'toJSON' in value) return undefined
  if (above.includes(value)) return { path, what: 'a circle' }
  if (above.length === DEPTH_MAX) return undefined
  for (const [name, member] of Object.entries(value)) {
    const found = unwritable(member, [...path, name], [...above, value])
    if (found !== undefined) return found
  }
  return undefined
}

const nameOf = (value: unknown): string => (value === undefined ? 'undefined' : `a ${typeof value}`)

/** A payload as the worker of a queue reads it. */
export type Read =
  | { readonly isFit: true; readonly payload: unknown }
  /** Why it does not fit. */
  | { readonly isFit: false; readonly reason: string }

/** Reads a payload at take; with an asynchronous schema, later. @throws What the schema throws, which is no verdict. */
export function readPayload(schema: StandardSchema, payload: Json): Read | Promise<Read> {
  const answer = schema['~standard'].validate(payload)
  return answer instanceof Promise ? answer.then(verdict) : verdict(answer)
}

const verdict = (answer: SchemaAnswer<unknown>): Read =>
  answer.issues === undefined
    ? { isFit: true, payload: answer.value }
    : { isFit: false, reason: `the payload does not fit: ${issuesText(answer.issues)}` }
