/** The control character "substitute"; JSON cannot hold it as it is, so that texts with it are rare. In a stored text 0 or 1 follows. */
export const ESCAPE = '\u001a'

/** A text as PostgreSQL can hold it: it refuses NUL, so NUL and the escape itself are written in two characters. */
export function toStored(text: string): string {
  if (!text.includes('\0') && !text.includes(ESCAPE)) return text
  return text.replaceAll(ESCAPE, `${ESCAPE}1`).replaceAll('\0', `${ESCAPE}0`)
}

/** The text that {@link toStored} was given. */
export function fromStored(text: string): string {
  if (!text.includes(ESCAPE)) return text
  return text.replaceAll(`${ESCAPE}0`, '\0').replaceAll(`${ESCAPE}1`, ESCAPE)
}

/** The same for what may be absent. */
export const toStoredOrNull = (text: string | null | undefined): string | null =>
  text === null || text === undefined ? null : toStored(text)

/** The same for what may be absent. */
export const fromStoredOrNull = (text: string | null): string | null => (text === null ? null : fromStored(text))

/**
 * A value as JSON for a parameter. Half of a surrogate pair has no UTF-8, and PostgreSQL refuses it in JSON: it becomes
 * the replacement character, as everywhere where text is encoded.
 */
export function jsonOf(value: unknown): string {
  const text = JSON.stringify(value)
  if (!/\\ud[89a-f]/.test(text)) return text
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'string' ? part.replace(/\p{Cs}/gu, '\ufffd') : part,
  )
}
