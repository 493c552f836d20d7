import { isRegExp } from 'node:util/types'
import { keyText } from '../key-text.js'
import { numberOf } from '../number-of.js'
import type { Parts } from '../rule.js'
import { builderError, checkBuilder, type FieldValue, made } from './builder.js'
import { noteUnbounded, noteUse } from './builder-use.js'

/** Gives a record as it is, or none: then it is filtered out. */
export type PartsFilter = (parts: Parts) => Parts | null

/** What can be asked of one field. */
export interface Where {
  /** Records whose field has this text; the number 1 and the text `1` are the same. */
  is(value: FieldValue): PartsFilter
  /** All others, also those that lack the field. */
  isNot(value: FieldValue): PartsFilter
  /** Records whose field has one of these texts. */
  in(values: readonly FieldValue[]): PartsFilter
  /** All others, also those that lack the field. */
  notIn(values: readonly FieldValue[]): PartsFilter
  /** Records whose field, as text, has a match of the pattern somewhere; `^` and `$` ask for all of it. No pattern with the flags g or y. */
  matches(pattern: RegExp): PartsFilter
  /** Records that have the field, and not as null; empty text is there. */
  exists(): PartsFilter
  /** All others. */
  missing(): PartsFilter
  /** Records whose field is a number greater than this one. Here and below, what counts as a number in sums does. */
  above(number: number | bigint): PartsFilter
  /** Records whose field is this number, or a greater one. */
  atLeast(number: number | bigint): PartsFilter
  /** Records whose field is a number less than this one. */
  below(number: number | bigint): PartsFilter
  /** Records whose field is this number, or one that is less. */
  atMost(number: number | bigint): PartsFilter
}

/**
 * Filters for `partsPreprocess` that look at one field: `where('country').in(['AT', 'CH'])`. Several of them, one after the other, must all
 * let a record pass. Texts are compared as key parts are, numbers as sums have them.
 *
 * @throws RuleError `rule` when the field is no text, and, from what is asked of it, when that makes no sense.
 */
export function where(field: string): Where {
  checkBuilder('where()', (faults) => faults.text('field', field))
  const filter = (name: string, passes: (value: unknown) => boolean): PartsFilter =>
    made(`where('${field}').${name}`, 'records', (parts: Parts) => {
      // What is on every object, such as toString, is no field.
      const value = Object.hasOwn(parts, field) ? parts[field] : undefined
      return passes(value) ? parts : null
    })
  const call = (name: string): string => `where('${field}').${name}()`

  const equal = (name: string, value: unknown, isWanted: boolean): PartsFilter => {
    const text = textOf(call(name), value)
    return filter(name, (own) => (keyText(own) === text) === isWanted)
  }
  const among = (name: string, values: unknown, isWanted: boolean): PartsFilter => {
    checkBuilder(call(name), (faults) => {
      if (!Array.isArray(values)) faults.add("it must be given a list of values, such as ['AT', 'CH']")
      else if (values.length === 0) faults.add('the list of values is empty')
    })
    const texts = new Set<string | null>((values as unknown[]).map((value) => textOf(call(name), value)))
    return filter(name, (own) => texts.has(keyText(own)) === isWanted)
  }
  const number = (name: string, bound: number | bigint, passes: (own: number | bigint) => boolean): PartsFilter => {
    checkBuilder(call(name), (faults) => {
      if (typeof bound !== 'bigint' && !Number.isFinite(bound)) faults.add('it must be given a number')
    })
    return filter(name, (value) => {
      const own = numberOf(value)
      return own !== null && passes(own)
    })
  }

  const asks = {
    is: (value) => equal('is', value, true),
    isNot: (value) => equal('isNot', value, false),
    in: (values) => among('in', values, true),
    notIn: (values) => among('notIn', values, false),
    matches(pattern) {
      checkPattern(call('matches'), pattern)
      const matching = filter('matches', (value) => {
        const text = keyText(value)
        return text !== null && pattern.test(text)
      })
      return noteUnbounded(matching)
    },
    exists: () => filter('exists', (value) => value !== null && value !== undefined),
    missing: () => filter('missing', (value) => value === null || value === undefined),
    above: (bound) => number('above', bound, (own) => own > bound),
    atLeast: (bound) => number('atLeast', bound, (own) => own >= bound),
    below: (bound) => number('below', bound, (own) => own < bound),
    atMost: (bound) => number('atMost', bound, (own) => own <= bound),
  } satisfies Where
  for (const [name, ask] of Object.entries(asks)) made(`where('${field}').${name}`, 'call', ask)
  return Object.freeze(asks)
}

noteUse('call', where)

function textOf(call: string, value: unknown): string {
  const text = typeof value === 'object' ? null : keyText(value)
  if (text !== null) return text
  const hint = 'For records that lack a field, or have null there, it is missing().'
  throw builderError(call, 'a value must be a text, a number, true or false', hint)
}

function checkPattern(call: string, pattern: unknown): void {
  checkBuilder(call, (faults) => {
    if (!isRegExp(pattern)) faults.add('it must be given a pattern, such as /^a/')
    // Such a pattern goes on where its last match ended, in another record.
    else if (pattern.global || pattern.sticky) faults.add(`${pattern} has the flag g or y: leave it out`)
  })
}
