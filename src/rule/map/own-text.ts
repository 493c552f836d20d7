/** V8 copies a shorter slice; a longer one keeps alive all of the text that it was cut from. */
const COPIED_LENGTH = 12

/** The same text in memory of its own, so that a key that is kept does not keep a block of input. */
export const ownText = (text: string): string => (text.length <= COPIED_LENGTH ? text : Buffer.from(text).toString())
