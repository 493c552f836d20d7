import { closest } from './closest.js'
import { ArgumentError } from './errors.js'

/**
 * A name mistyped by a program without types would else be taken, and never be looked at.
 *
 * @param what Whose members they are, as the beginning of a sentence.
 * @throws ArgumentError when one is none of those that are known; with the known one that is close, where there is one.
 */
export function checkKnown(what: string, members: object, known: readonly string[]): void {
  for (const name of Object.keys(members)) {
    if (!known.includes(name)) throw new ArgumentError(`${what} has no '${name}': ${instead(name, known)}`)
  }
}

/**
 * Checks the options of a call.
 *
 * @param call Its name, as the beginning of a sentence.
 * @throws ArgumentError when they are no object, or have a member that is not known.
 */
export function checkOptions(call: string, options: unknown, known: readonly string[]): asserts options is object {
  checkObject(`the options of ${call}`, options)
  for (const name of Object.keys(options)) {
    if (!known.includes(name)) throw new ArgumentError(`${call} has no option '${name}': ${instead(name, known)}`)
  }
}

/** @throws ArgumentError when a value is no object, or an array. */
export function checkObject(what: string, value: unknown): asserts value is object {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return
  throw new ArgumentError(`${what} must be an object`)
}

/** @throws ArgumentError when a value is no array. */
export function checkArray(what: string, value: unknown): void {
  if (!Array.isArray(value)) throw new ArgumentError(`${what} must be an array`)
}

/** What the caller may have meant, as a sentence about a name that is not known ends. */
export function instead(name: string, known: readonly string[]): string {
  const meant = closest(name, known)
  return meant === undefined ? `it has ${known.join(', ')}` : `did you mean ${meant}?`
}
