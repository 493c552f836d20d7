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
  const bounds: number[] = []
  findParts(key, count, bounds)
  return Array.from({ length: count }, (_, at) => key.slice(bounds[at], bounds[at + 1]))
}

/** Finds where each part begins, and behind these where the last one ends. */
export function findParts(key: string, count: number, bounds: number[]): void {
  let at = 0
  for (let part = 1; part < count; part++) {
    const isLong = key[at] === LONG
    const end = isLong ? key.indexOf(LONG, at + 1) : at
    bounds[part] = isLong ? Number(key.slice(at + 1, end)) : key.charCodeAt(at)
    at = end + 1
  }
  bounds[0] = at
  for (let part = 1; part < count; part++) bounds[part] = (bounds[part - 1] as number) + (bounds[part] as number)
  bounds[count] = key.length
}
