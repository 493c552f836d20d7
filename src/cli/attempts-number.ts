import { type ValueKind, wholeNumber } from './option.js'

/** Attempts that one may ask for. */
export const attemptsNumber: ValueKind<number> = wholeNumber({ min: 1, max: 1_000_000 })
