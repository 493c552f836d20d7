import type { JsonText } from './json.js'

/**
 * Levels of arrays and objects within each other that a payload from a command line or a file may have. `JSON.parse` reads any number,
 * but `JSON.stringify` and much code of users call themselves for each, and end some thousands down.
 */
export const JSON_DEPTH_MAX = 1_000

/** Whether a JSON text, or the start of one that is cut, has more levels than `JSON_DEPTH_MAX`. */
export function isTooDeep(text: JsonText): boolean {
  // Each level has two characters.
  if (text.length <= 2 * JSON_DEPTH_MAX) return false
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') at = endOfString(text, at)
    else if (character === '[' || character === '{') depth++
    else if (character === ']' || character === '}') depth--
    if (depth > JSON_DEPTH_MAX) return true
  }
  return false
}

/** Where the string ends that begins at `start`: its closing quote, before which an even number of backslashes stands. */
function endOfString(text: JsonText, start: number): number {
  for (let end = text.indexOf('"', start + 1); end >= 0; end = text.indexOf('"', end + 1)) {
    let backslashes = 0
    while (text[end - 1 - backslashes] === '\\') backslashes++
    if (backslashes % 2 === 0) return end
  }
  return text.length
}
