import { ArgumentError } from '../core/errors.js'

/** Characters in the name of a tag that somebody gives. */
const LENGTH_MAX = 200

/** Characters in one that a rule makes of it, as `rejected:TAG`, or `TAG:2026-11-22`. */
const DERIVED_LENGTH_MAX = 300

/**
 * The name of a tag: 1 to 200 characters, no `/` and no control characters; its parts stand between `:`, as in
 * `incoming:server01:chunk:users`, and none of them is empty.
 *
 * @throws ArgumentError when it is none.
 */
export const checkTagName = (tag: string): void => check(tag, LENGTH_MAX)

/** The same for one that was made of another, and may be longer: 300 characters. @throws ArgumentError when it is none. */
export const checkDerivedTagName = (tag: string): void => check(tag, DERIVED_LENGTH_MAX)

/** What is wrong with a prefix of names, which may end anywhere. @throws ArgumentError */
export function checkTagPrefix(prefix: string): void {
  if (typeof prefix === 'string' && prefix.length <= DERIVED_LENGTH_MAX && !/[/\p{Cc}\p{Cs}]/u.test(prefix)) return
  throw new ArgumentError(
    `${JSON.stringify(prefix)} begins no tag: a tag has at most ${DERIVED_LENGTH_MAX} characters, no / among them`,
  )
}

function check(tag: string, lengthMax: number): void {
  const fault = typeof tag === 'string' ? faultOf(tag, lengthMax) : 'it must be a text'
  if (fault === undefined) return
  const shown = typeof tag === 'string' ? JSON.stringify(tag.length > 60 ? `${tag.slice(0, 60)}…` : tag) : typeof tag
  throw new ArgumentError(`${shown} cannot be a tag: ${fault}`, { hint: 'Write it like incoming:server01:users.' })
}

function faultOf(tag: string, lengthMax: number): string | undefined {
  if (tag.length === 0) return 'it must not be empty'
  if (tag.length > lengthMax) return `it must have at most ${lengthMax} characters`
  if (tag.includes('/')) return 'it must not contain /'
  if (/[\p{Cc}\p{Cs}]/u.test(tag)) return 'it must not contain control characters'
  if (tag.trim() !== tag) return 'it must not begin or end with white space'
  return tag.split(':').includes('') ? 'one of its parts, which stand between :, is empty' : undefined
}
