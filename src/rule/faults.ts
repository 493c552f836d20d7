import { HobError } from '../core/errors.js'
import { instead } from '../core/members.js'
import { misuse } from './builders/builder-use.js'

/** All that is wrong with a rule, so that it is told at once. */
export class Faults {
  readonly #list: string[] = []

  get list(): readonly string[] {
    return this.#list
  }

  add(fault: string): void {
    this.#list.push(fault)
  }

  /** @param check Throws when something is wrong; what it says becomes a fault, with its hint. */
  of(what: string, check: () => void): void {
    try {
      check()
    } catch (error) {
      if (!(error instanceof HobError)) throw error
      this.add([`${what}: ${error.message}`, error.hint].filter(Boolean).join('. ').replace(/\.$/, ''))
    }
  }

  /** Members that there are not; `what` is whose they are. */
  known(what: string, members: object, known: readonly string[]): void {
    for (const name of Object.keys(members)) {
      if (!known.includes(name)) this.add(`${what} has no '${name}': ${instead(name, known)}`)
    }
  }

  trueOrFalse(what: string, value: unknown): void {
    if (value !== undefined && typeof value !== 'boolean') this.#must(what, value, 'be true or false')
  }

  whole(what: string, value: unknown, [min, max]: readonly [number, number]): void {
    if (value === undefined || (Number.isSafeInteger(value) && Number(value) >= min && Number(value) <= max)) return
    this.#must(what, value, `be a whole number from ${min} to ${max}`)
  }

  number(what: string, value: unknown, [min, max]: readonly [number, number]): void {
    if (value === undefined || (typeof value === 'number' && value >= min && value <= max)) return
    this.#must(what, value, `be a number from ${min} to ${max}`)
  }

  oneOf(what: string, value: unknown, words: readonly string[]): void {
    if (value === undefined || words.some((word) => word === value)) return
    this.#must(what, value, `be one of ${words.join(', ')}`)
  }

  func(what: string, value: unknown): void {
    if (value !== undefined && typeof value !== 'function') this.#must(what, value, 'be a function')
  }

  /** A list of them; absent: none. */
  functions(what: string, value: unknown, place: 'records' | 'fields'): void {
    if (value === undefined) return
    if (!Array.isArray(value)) this.#must(what, value, 'be a list of functions')
    else for (const [at, item] of value.entries()) this.change(`${what}[${at}]`, item, place)
  }

  /** A function that changes records, or fields. */
  change(what: string, value: unknown, place: 'records' | 'fields'): void {
    const wrong = misuse(value, place)
    if (wrong !== null) this.add(`${what} ${wrong}`)
    else if (value === null || value === undefined) this.#must(what, null, 'be a function: write trim, and not trim()')
    else this.func(what, value)
  }

  /** @returns Whether it is one, and not empty. */
  text(what: string, value: unknown): value is string {
    if (typeof value === 'string' && value !== '') return true
    this.#must(what, value, 'be a text that is not empty')
    return false
  }

  /** A text that is printed and stored: of a tag, a table, a zone. */
  name(what: string, value: unknown): void {
    if (value === undefined || !this.text(what, value)) return
    if (value.length > 200 || /[\p{Cc}\p{Cs}]/u.test(value)) {
      this.#must(what, value, 'have at most 200 characters, none of them a control character')
    }
  }

  /** @returns Whether it is one. */
  texts(what: string, value: unknown): value is readonly string[] {
    if (!Array.isArray(value)) {
      this.#must(what, value, 'be a list of texts')
      return false
    }
    return value.map((item, at) => this.text(`${what}[${at}]`, item)).every(Boolean)
  }

  /** @returns Whether it is one. */
  object(what: string, value: unknown): value is Readonly<Record<string, unknown>> {
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return true
    this.#must(what, value, 'be an object')
    return false
  }

  #must(what: string, value: unknown, bound: string): void {
    this.add(
      value === undefined ? `${what} is missing: it must ${bound}` : `${what} is ${shown(value)}: it must ${bound}`,
    )
  }
}

/** A value in a few characters on one line. */
export function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value)
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'a list' : 'an object'
  return typeof value === 'function' ? 'a function' : String(value)
}
