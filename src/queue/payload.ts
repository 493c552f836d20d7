import { fits } from '../broker/tail.js'
import { formatCount } from '../core/count.js'
import { ArgumentError } from '../core/errors.js'
import { type Json, type JsonText, parseJson } from '../core/json.js'
import { PAYLOAD_BYTES_MAX } from '../core/limits.js'
import { jsonText } from './json-text.js'
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
  const refused = `the payload cannot be sent to queue '${queue}'`
  const text = jsonText(payload, refused)
  if (fits(text, PAYLOAD_BYTES_MAX)) return text
  throw new ArgumentError(
    `${refused}: it has ${formatCount(Buffer.byteLength(text))} bytes, and may have ${formatCount(PAYLOAD_BYTES_MAX)}`,
  )
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
