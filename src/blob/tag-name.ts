import { ArgumentError } from '../core/errors.js'

/** Characters in the name of a tag. */
const LENGTH_MAX = 200

/**
 * The name of a tag: 1 to 200 characters, no `/` and no control characters; its parts stand between `:`, as in
 * `incoming:server01:chunk:users`, and none of them is empty.
 *
 * @throws ArgumentError when it is none.
 */
export function checkTagName(tag: string): void {
  const fault = typeof tag === 'string' ? faultOf(tag) : 'it must be a text'
  if (fault === undefined) return
  const shown = typeof tag === 'string' ? JSON.stringify(tag.length > 60 ? `${tag.slice(0, 60)}…` : tag) : typeof tag
  throw new ArgumentError(`${shown} cannot be a tag: ${fault}`, { hint: 'Write it like incoming:server01:users.' })
}

/** What is wrong with a prefix of names, which may end anywhere. @throws ArgumentError */
export function checkTagPrefix(prefix: string): void {
  if (typeof prefix === 'string' && prefix.length <= LENGTH_MAX && !/[/\p{Cc}\p{Cs}]/u.test(prefix)) return
  throw new ArgumentError(
    `${JSON.stringify(prefix)} begins no tag: a tag has at most ${LENGTH_MAX} characters, no / among them`,
  )
}

function faultOf(tag: string): string | undefined {
  if (tag.length === 0) return 'it must not be empty'
  if (tag.length > LENGTH_MAX) return `it must have at most ${LENGTH_MAX} characters`
  if (tag.includes('/')) return 'it must not contain /'
  if (/[\p{Cc}\p{Cs}]/u.test(tag)) return 'it must not contain control characters'
  if (tag.trim() !== tag) return 'it must not begin or end with white space'
  return tag.split(':').includes('') ? 'one of its parts, which stand between :, is empty' : undefined
}
