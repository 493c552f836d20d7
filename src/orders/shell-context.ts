/**
 * Where a shell stands after the start of a command line, when it is not a place where a single-quoted word is read as
 * a word: in quotes, for example, where the word's own quotes would be text and `$(…)` in it would run.
 *
 * Knows the plain rules only. Where quoting nests or depends on the shell, it answers that it cannot be sure, so that
 * null is always true.
 *
 * @returns Words that follow 'stands', like 'in double quotes'; null for a plain place.
 */
export function quotedContext(start: string): string | null {
  for (let at = 0; at < start.length; at++) {
    const character = start[at]
    const next = start[at + 1]
    if (character === '\\') {
      if (next === undefined) return 'after a backslash'
      at++
    } else if (character === "'") {
      if (start[at - 1] === '$') return "after $'…', which shells read differently"
      at = start.indexOf("'", at + 1)
      if (at < 0) return 'in single quotes'
    } else if (character === '"') {
      const end = doubleQuoteEnd(start, at)
      if (typeof end === 'string') return end
      at = end
    } else if (character === '#' && /^$|[\s;&|()]/.test(start[at - 1] ?? '')) {
      at = start.indexOf('\n', at)
      if (at < 0) return 'in a comment'
    } else if (character === '`') return 'after a backquote'
    else if (character === '<' && next === '<') return "after '<<'"
  }
  return null
}

/** The index of the quote that closes the one at `open`, or the place as {@link quotedContext} tells it. */
function doubleQuoteEnd(text: string, open: number): number | string {
  for (let at = open + 1; at < text.length; at++) {
    const character = text[at]
    if (character === '"') return at
    if (character === '\\') at++
    else if (character === '`' || (character === '$' && /[({]/.test(text[at + 1] ?? ''))) {
      return 'after a substitution in double quotes'
    }
  }
  return 'in double quotes'
}
