import { isRegExp } from 'node:util/types'
import { shown } from '../faults.js'
import { keyText } from '../key-text.js'
import { checkBuilder, made } from './builder.js'
import { noteUse } from './builder-use.js'

/** A transform that gives text, or null where there is none. */
export type TextTransform = (value: unknown) => string | null

/** No record has more characters. */
const PLACE_MAX = 8 * 1024 * 1024

/** Lower case, the same in every locale: `É` becomes `é`. Of a number, true or false its text; null stays null. */
export function lower(value: unknown): string | null {
  return keyText(value)?.toLowerCase() ?? null
}

/** Upper case, the same in every locale: `ß` becomes `SS`. Of a number, true or false its text; null stays null. */
export function upper(value: unknown): string | null {
  return keyText(value)?.toUpperCase() ?? null
}

/** Without white space at both ends, that of all scripts, as `String.trim` has it. Of a number, true or false its text; null stays null. */
export function trim(value: unknown): string | null {
  return keyText(value)?.trim() ?? null
}

/** Marks belong to the letters before them: without them accents of `é` in two characters are lost, and vowels of Hindi and Thai. */
const NEITHER_LETTERS_NOR_DIGITS = /[^\p{L}\p{M}\p{N}]+/gu

/**
 * Letters and digits of all scripts; whatever stands between them becomes one blank, and there is none at the ends: `O'Hara, Jr.` becomes
 * `O Hara Jr`. Of a number, true or false its text; null stays null.
 */
export function alphanumeric(value: unknown): string | null {
  return keyText(value)?.replace(NEITHER_LETTERS_NOR_DIGITS, ' ').trim() ?? null
}

/**
 * The characters from one place up to, not including, another, as `Array.slice` counts: from 0, and from the end where negative. A character
 * outside of the basic plane, such as an emoji, is one. Of a number, true or false its text; null stays null.
 *
 * @param from Whole.
 * @param to Whole, the end unless given.
 * @throws RuleError `rule` when these are no such numbers, or leave nothing of any text.
 */
export function slice(from: number, to?: number): TextTransform {
  checkBuilder('slice()', (faults) => {
    if (from === undefined) faults.add('from is missing, the place of the first character: the first one is 0')
    faults.whole('from', from, [-PLACE_MAX, PLACE_MAX])
    faults.whole('to', to, [-PLACE_MAX, PLACE_MAX])
    const isOneEnd = Number.isInteger(from) && Number.isInteger(to) && from < 0 === Number(to) < 0
    if (isOneEnd && Number(to) <= from) faults.add(`to is ${to}: it must be above from, which is ${from}`)
  })
  return made(`slice(${to === undefined ? from : `${from}, ${to}`})`, 'fields', (value: unknown) => {
    const text = keyText(value)
    if (text === null) return null
    // A list of all characters takes a hundred times as long as a look whether one of them is a pair.
    return /[\ud800-\udfff]/.test(text) ? [...text].slice(from, to).join('') : text.slice(from, to)
  })
}

/**
 * Each place where a text has `from` becomes `to`, both as they stand and no patterns. Of a number, true or false its text; null stays null.
 *
 * @throws RuleError `rule` when `from` is no text or empty, or `to` is no text.
 */
export function replace(from: string, to: string): TextTransform {
  const hint = isRegExp(from)
    ? 'A pattern goes into a function of your own: (value) => String(value).replace(/…/g, …).'
    : "It takes what is replaced, and what by: replace(',', '')."
  checkBuilder(
    'replace()',
    (faults) => {
      // Half of a pair would be found in whole ones.
      if (faults.text('from', from) && !from.isWellFormed()) faults.add('from has half of a surrogate pair')
      if (typeof to !== 'string') faults.add(`to is ${to === undefined ? 'missing' : shown(to)}: it must be a text`)
    },
    hint,
  )
  return made('replace()', 'fields', (value: unknown) => keyText(value)?.replaceAll(from, () => to) ?? null)
}

noteUse('fields', lower, upper, trim, alphanumeric)
noteUse('call', slice, replace)
