import { type JsonText, parseJson } from '../core/json.js'

/**
 * The names of an object's members in the order of its text, each once.
 *
 * A parsed object cannot tell: JavaScript puts members whose names are whole numbers, like `2019`, before all others.
 *
 * @param text Valid JSON text of one object.
 */
export function memberNames(text: JsonText): readonly string[] {
  const names = new Set<string>()
  let depth = 0
  let mayBeName = false
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '"') {
      const end = stringEnd(text, at)
      if (mayBeName && depth === 1) names.add(String(parseJson(text.slice(at, end))))
      mayBeName = false
      at = end - 1
    } else if (character === '{' || character === '[') {
      depth++
      mayBeName = true
    } else if (character === '}' || character === ']') depth--
    else if (character === ',') mayBeName = true
  }
  return [...names]
}

/** Where the text goes on after the string that begins at `start`. */
function stringEnd(text: JsonText, start: number): number {
  let at = start + 1
  while (text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}
