/** A key part longer than this is announced by its length in digits. */
const SHORT_MAX = 254

/** What stands before the digits of a length, and behind them. */
const LONG = '\u00ff'

/**
 * One text for several key parts: lengths in front, of all parts but the last, so that no two keys look the same whatever is in them. A length is
 * one character below U+0100, so that the text stays one byte a character where its parts are.
 */
export function joinKey(parts: readonly string[]): string {
  let lengths = ''
  let text = ''
  for (let at = 0; at < parts.length; at++) {
    const part = parts[at] ?? ''
    if (at < parts.length - 1)
      lengths += part.length <= SHORT_MAX ? String.fromCharCode(part.length) : `${LONG}${part.length}${LONG}`
    text += part
  }
  return lengths + text
}

/** The parts that were joined. */
export function splitKey(key: string, count: number): readonly string[] {
  const lengths: number[] = []
  let at = 0
  while (lengths.length < count - 1) {
    if (key[at] === LONG) {
      const end = key.indexOf(LONG, at + 1)
      lengths.push(Number(key.slice(at + 1, end)))
      at = end + 1
    } else {
      lengths.push(key.charCodeAt(at))
      at++
    }
  }
  const parts: string[] = []
  for (const length of lengths) {
    parts.push(key.slice(at, at + length))
    at += length
  }
  return [...parts, key.slice(at)]
}
