/** V8 copies a shorter slice; a longer one keeps alive all of the text that it was cut from. */
const COPIED_LENGTH = 12

/** The same text in memory of its own, so that a key that is kept does not keep a block of input. */
export function ownText(text: string): string {
  if (text.length <= COPIED_LENGTH) return text
  // UTF-8 has no half surrogate pairs: what came back would be another text, and no key that was looked for would be found again.
  return text.isWellFormed() ? Buffer.from(text).toString() : Buffer.from(text, 'utf16le').toString('utf16le')
}
