import { RuleError } from '../../core/errors.js'
import { Faults } from '../faults.js'
import { type BuilderUse, noteUse } from './builder-use.js'

/** What a builder compares with, or puts into a field. */
export type FieldValue = string | number | bigint | boolean

/**
 * Checks what a builder was given, when it is made and not at the first record.
 *
 * @param call As it is written, such as `slice()`.
 * @throws RuleError `rule`, which lists all that is wrong.
 */
export function checkBuilder(call: string, check: (faults: Faults) => void, hint?: string): void {
  const faults = new Faults()
  check(faults)
  if (faults.list.length > 0) throw builderError(call, faults.list.join('; '), hint)
}

/** What a builder says of what it was given. */
export const builderError = (call: string, fault: string, hint?: string): RuleError =>
  new RuleError('rule', `${call}: ${fault}`, hint === undefined ? {} : { hint })

/** Gives what a builder made the name by which errors tell it, and notes what it is for. */
export function made<Own extends object>(name: string, use: BuilderUse, own: Own): Own {
  noteUse(use, own)
  return Object.defineProperty(own, 'name', { value: name })
}
