import { fileURLToPath } from 'node:url'
import { inspect } from 'node:util'
import { fits } from '../broker/tail.js'
import { TAIL_BYTES_MAX } from '../core/limits.js'

/** Characters of a thrown value that is no error; an error's message is cut by the store. */
const SHOWN_MAX = 1_000

/** Errors that one was caused by, one by the other, and of several at once. */
const CAUSES_MAX = 5

/** Frames of the language itself, such as `at Array.map (<anonymous>)`. */
const NOWHERE = /\((<anonymous>|index \d+)\)$/

/** Where this package lies. */
const OURS = fileURLToPath(new URL('..', import.meta.url))

/**
 * What was thrown, as history keeps it: `Name: message`. An error without a message says that of its cause; what is no error is
 * shown as JSON, or as near to it as it comes.
 */
export function errorText(thrown: unknown): string {
  try {
    return thrown instanceof Error ? `${thrown.name}: ${messageOf(thrown, CAUSES_MAX)}` : shown(thrown)
  } catch {
    return 'what was thrown cannot be shown'
  }
}

/**
 * Where an error was thrown, and by what it was caused, a line each: `at load (/app/mail.ts:3:9)`. Without the frames of Node and
 * of this package, at most 4 KiB.
 *
 * @returns undefined when nothing is known, as of what is no error.
 */
export function stackText(thrown: unknown): string | undefined {
  let text = ''
  try {
    for (const line of stackLines(thrown, CAUSES_MAX)) {
      if (!fits(text + line, TAIL_BYTES_MAX)) break
      text += text === '' ? line : `\n${line}`
    }
  } catch {
    // A getter of the user's that throws: what was read until then stands.
  }
  return text === '' ? undefined : text
}

function messageOf(error: Error, deep: number): string {
  if (error.message !== '' || deep === 0) return error.message
  const [cause] = causesOf(error)
  return cause instanceof Error ? messageOf(cause, deep - 1) : cause === undefined ? '' : shown(cause)
}

function shown(value: unknown): string {
  if (typeof value !== 'object' || value === null) return String(value)
  return (json(value) ?? inspect(value, { breakLength: Number.POSITIVE_INFINITY, compact: true })).slice(0, SHOWN_MAX)
}

/** undefined when JSON cannot hold it, or sees nothing in it. */
function json(value: object): string | undefined {
  try {
    const text = JSON.stringify(value)
    return text === '{}' ? undefined : text
  } catch {
    return undefined
  }
}

function* stackLines(thrown: unknown, deep: number): Generator<string> {
  if (!(thrown instanceof Error)) return
  yield* frames(thrown.stack)
  if (deep === 0) return
  for (const cause of causesOf(thrown).slice(0, CAUSES_MAX)) {
    yield `caused by ${errorText(cause)}`
    yield* stackLines(cause, deep - 1)
  }
}

/** What an error says it was caused by; of several that are one, each. */
function causesOf(error: Error): readonly unknown[] {
  const several = error instanceof AggregateError ? (error.errors as readonly unknown[]) : []
  return error.cause === undefined || error.cause === null ? several : [error.cause, ...several]
}

const frames = (stack: unknown): readonly string[] =>
  String(stack ?? '')
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .map((line) => line.trim().replace('file://', ''))
    .filter((line) => !NOWHERE.test(line) && !line.includes('node:internal') && !line.includes(OURS))
