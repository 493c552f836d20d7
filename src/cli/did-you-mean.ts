import { closest } from '../core/closest.js'

/** `Did you mean mail? `, or nothing when no word is close. */
export function didYouMean(word: string, words: readonly string[]): string {
  const found = closest(word, words)
  return found === undefined ? '' : `Did you mean ${found}? `
}
