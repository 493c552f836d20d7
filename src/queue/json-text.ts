import { ArgumentError, messageOf } from '../core/errors.js'
import type { JsonText } from '../core/json.js'

/**
 * A value of the user's as `JSON.stringify` writes it.
 *
 * @param refused What cannot be done with it, as the beginning of the error.
 * @throws ArgumentError that names the place in the value when JSON cannot hold it.
 */
export function jsonText(value: unknown, refused: string): JsonText {
  const text = written(value, refused)
  if (text === undefined) throw new ArgumentError(`${refused}: JSON cannot hold ${nameOf(value)}`)
  return text
}

function written(value: unknown, refused: string): JsonText | undefined {
  try {
    return JSON.stringify(value)
  } catch (cause) {
    const { path, what } = unwritable(value, [], []) ?? { path: [], what: null }
    const place = path.length === 0 ? '' : `: ${path.join('.')}`
    if (what !== null) throw new ArgumentError(`${refused}${place}: JSON cannot hold ${what}`)
    // What is left: a toJSON that throws, or a value nested thousands of levels deep.
    throw new ArgumentError(`${refused}: ${messageOf(cause)}`, { cause })
  }
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
