import type { Faults } from '../faults.js'
import type { Parts } from '../rule.js'
import { checkBuilder, type FieldValue, made } from './builder.js'
import { noteUse } from './builder-use.js'

/**
 * Another value for null and empty text; null makes empty text a missing value. A field that the record does not have at all is no
 * business of a transform: `fill` sets that.
 *
 * @throws RuleError `rule` when the value is no text, number, true, false or null.
 */
export function orElse(value: FieldValue | null): (value: unknown) => unknown {
  checkBuilder('orElse()', (faults) => checkValue('value', value, faults))
  return made('orElse()', 'fields', (own: unknown) => (isNothing(own) ? value : own))
}

/**
 * Gives a record values for those of its fields that are missing, null or empty text; all others stay. It changes the record that it is
 * given.
 *
 * @throws RuleError `rule` when it is given no field, or a value is no text, number, true, false or null.
 */
export function fill(values: Readonly<Record<string, FieldValue | null>>): (parts: Parts) => Parts {
  checkBuilder('fill()', (faults) => {
    if (!faults.object('values', values)) return
    const fields = Object.entries(values)
    if (fields.length === 0) faults.add('values has no field')
    for (const [field, value] of fields) checkValue(`values.${field}`, value, faults)
  })
  const all = Object.entries(values)
  return made('fill()', 'records', (parts: Parts) => {
    for (const [field, value] of all) {
      if (Object.hasOwn(parts, field) && !isNothing(parts[field])) continue
      // Assignment would change the prototype.
      if (field === '__proto__') Object.defineProperty(parts, field, { ...ORDINARY, value })
      else parts[field] = value
    }
    return parts
  })
}

const ORDINARY = { configurable: true, enumerable: true, writable: true }

const isNothing = (value: unknown): boolean => value === null || value === undefined || value === ''

function checkValue(what: string, value: unknown, faults: Faults): void {
  if (value === null || ['string', 'number', 'bigint', 'boolean'].includes(typeof value)) return
  faults.add(`${what} must be a text, a number, true, false or null`)
}

noteUse('call', orElse, fill)
