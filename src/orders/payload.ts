import { type Json, type JsonText, parseJson } from '../core/json.js'
import { memberNames } from './member-names.js'

/** What a command is given: an order's payload, read. */
export interface Order {
  /** The arguments, in order. */
  readonly values: readonly string[]
  /** The columns' names, one for each value; null when the order's arguments have none. */
  readonly names: readonly string[] | null
  /** What `--stdin` hands over: an array, or for a named order an object in column order. Numbers are still numbers. */
  readonly stdin: JsonText
}

/** The payload of an order whose arguments have no names: a JSON array. */
export const positionalPayload = (values: readonly Json[]): JsonText => JSON.stringify(values)

/**
 * The payload of an order with named columns: `{"names":[…],"values":[…]}`.
 *
 * Two arrays rather than an object, because an object would reorder columns with names like `2019`.
 */
export const namedPayload = (names: readonly string[], values: readonly Json[]): JsonText =>
  `${namedPayloadStart(names)}${JSON.stringify(values)}}`

/** The part of a named payload that all rows of a file share; the values' array and `}` follow it. */
export const namedPayloadStart = (names: readonly string[]): JsonText => `{"names":${JSON.stringify(names)},"values":`

/**
 * Reads an order's payload.
 *
 * An array holds the arguments; `{"names":[…],"values":[…]}` names them; the members of any other object, as a program
 * may send it, are arguments named by their members; anything else is one argument. Strings are arguments as they
 * are, null is an empty one, and what is nested becomes JSON text.
 *
 * @throws SyntaxError when the payload is not JSON.
 */
export function parseOrder(payload: JsonText): Order {
  const json = parseJson(payload)
  if (isArray(json)) return { values: json.map(argumentOf), names: null, stdin: payload }
  if (typeof json !== 'object' || json === null) return { values: [argumentOf(json)], names: null, stdin: payload }
  if (isNamed(json)) {
    return { values: json.values.map(argumentOf), names: json.names, stdin: objectText(json.names, json.values) }
  }
  const entries = entriesInOrder(payload, json)
  return { values: entries.map(([, value]) => argumentOf(value)), names: entries.map(([name]) => name), stdin: payload }
}

/** The members of a parsed object in the order of its text; of members with the same name, the last one's value. */
export function entriesInOrder(text: JsonText, object: JsonObject): readonly (readonly [string, Json])[] {
  const entries = Object.entries(object)
  // Members named by whole numbers come first in an object, so the first one tells whether any was moved.
  if (!/^\d+$/.test(entries[0]?.[0] ?? '')) return entries
  const values = new Map(entries)
  return memberNames(text).map((name) => [name, values.get(name) ?? null] as const)
}

/** A JSON object. */
export interface JsonObject {
  readonly [name: string]: Json
}

/** Array.isArray does not narrow to a read-only array. */
export const isArray = (json: Json): json is readonly Json[] => Array.isArray(json)

function argumentOf(value: Json): string {
  if (typeof value === 'string') return value
  if (value === null) return ''
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function isNamed(json: JsonObject): json is { readonly names: readonly string[]; readonly values: readonly Json[] } {
  const { names, values } = json
  if (names === undefined || values === undefined || Object.keys(json).length !== 2) return false
  if (!isArray(names) || !isArray(values) || names.length !== values.length) return false
  return names.every((name) => typeof name === 'string')
}

/** By hand, because an object would reorder the columns. Of columns with the same name, readers of JSON keep the last. */
function objectText(names: readonly string[], values: readonly Json[]): JsonText {
  return `{${names.map((name, at) => `${JSON.stringify(name)}:${JSON.stringify(values[at])}`).join(',')}}`
}
