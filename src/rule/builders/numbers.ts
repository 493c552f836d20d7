import { numberOf } from '../number-of.js'
import { noteUse } from './builder-use.js'

/**
 * A number, or text that is one in full, as sums have it: `' 1e3 '` becomes 1000. All else becomes null, and so is missing: it is not counted
 * as a value that is not numeric.
 */
export function toNumber(value: unknown): number | bigint | null {
  return numberOf(value)
}

/** The same without its fraction, towards zero: `'12.7'` becomes 12 and -0.5 becomes 0. All that is no number becomes null. */
export function toInt(value: unknown): number | bigint | null {
  const number = numberOf(value)
  // Plus 0, so that there is no -0.
  return typeof number === 'number' ? Math.trunc(number) + 0 : number
}

noteUse('fields', toNumber, toInt)
