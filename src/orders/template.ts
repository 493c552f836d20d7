import { ArgumentError, type ErrorDetails, HobError } from '../core/errors.js'
import type { Order } from './payload.js'
import { quotedContext } from './shell-context.js'
import { singleQuote } from './shell-quote.js'

/**
 * An order does not fit its command.
 *
 * - `argument-missing`: `{3}`, but the order has fewer arguments
 * - `column-missing`: `{name}`, but the order has no such column
 * - `nul`: an argument with a NUL character, which no command can be given
 * - `quoted-place`: in shell mode, an argument would stand where quotes do not protect it
 */
export class TemplateError extends HobError {
  readonly code: 'argument-missing' | 'column-missing' | 'nul' | 'quoted-place'

  constructor(code: TemplateError['code'], message: string, details?: ErrorDetails) {
    super(message, details)
    this.code = code
  }
}

/** How a command takes its arguments. */
export interface TemplateOptions {
  /** The command is a shell script. */
  readonly shell: boolean
  /** Arguments that were not put in are appended; true unless given. False when they come another way. */
  readonly appends?: boolean
}

/** Puts an order's arguments into a command. */
export type Template = (order: Order) => readonly string[]

/**
 * Prepares a command for its orders.
 *
 * `{}` stands for all arguments, `{2}` for the second, `{name}` for the column of that name (a column named `2` goes
 * before the second). An element that is `{}` becomes one element for each argument; elsewhere they are joined by
 * spaces. An order for which nothing was put in has its arguments appended, unless `appends` is false.
 *
 * Other braces stay as they are: `{print $1}`, `{a,b}`, `${HOME}`, and, for orders without names, `{word}`. To keep a
 * placeholder as text, double its braces: `{{}}` gives `{}`, and `{{1}}` gives `{1}`. What was put in is never looked at
 * again.
 *
 * @param command For the shell, its elements are joined by spaces, and the template gives this one string; all that is
 * put in is single-quoted.
 * @throws ArgumentError when, for the shell, a placeholder stands where quotes would not protect it.
 * @returns A function that throws TemplateError when an order does not fit.
 */
export function compileTemplate(command: readonly string[], options: TemplateOptions): Template {
  const { shell, appends = true } = options
  return shell ? shellTemplate(command.join(' '), appends) : vectorTemplate(command, appends)
}

/** Braces of a command that may turn out to be a placeholder. */
interface Braces {
  /** As they were written. */
  readonly text: string
  readonly name: string
  readonly isDoubled: boolean
  /** Where they begin in the element. */
  readonly at: number
}

type Part = string | Braces

/** `${…}` belongs to a shell, and is text; what has braces within is text, too. */
const BRACES = /\$\{[^{}]*\}|\{\{([^{}]*)\}\}|\{([^{}]*)\}/g

function partsOf(element: string): readonly Part[] {
  const parts: Part[] = []
  let end = 0
  for (const match of element.matchAll(BRACES)) {
    const [text, doubled, single] = match
    const name = doubled ?? single
    if (name === undefined) continue
    const at = match.index
    parts.push(element.slice(end, at), { text, name, isDoubled: doubled !== undefined, at })
    end = at + text.length
  }
  return [...parts, element.slice(end)].filter((part) => part !== '')
}

function vectorTemplate(command: readonly string[], appends: boolean): Template {
  const elements = command.map(partsOf)
  return (order) => {
    const filled = elements.map((parts) => parts.map((part) => fill(part, order)))
    const isUsed = !appends || filled.some((texts) => texts.some((text) => typeof text !== 'string'))
    return withoutNul([...filled.flatMap(elementsOf), ...(isUsed ? [] : order.values)])
  }
}

/** A placeholder that is alone becomes as many elements as it has arguments. */
function elementsOf(texts: readonly (string | readonly string[])[]): readonly string[] {
  const [first] = texts
  if (texts.length === 1 && first !== undefined && typeof first !== 'string') return first
  return [texts.map((text) => (typeof text === 'string' ? text : text.join(' '))).join('')]
}

function shellTemplate(script: string, appends: boolean): Template {
  const parts = partsOf(script)
  // What is a placeholder for every order is refused before the first of them is taken.
  for (const part of parts) {
    if (typeof part === 'string' || part.isDoubled || !/^\d*$/.test(part.name)) continue
    const fault = placeFault(`at ${part.text}`, script.slice(0, part.at))
    if (fault) throw new ArgumentError(fault.message, { ...(fault.hint ? { hint: fault.hint } : {}) })
  }
  return (order) => {
    let isUsed = !appends || order.values.length === 0
    const texts = parts.map((part) => {
      const text = fill(part, order)
      if (typeof text === 'string' || typeof part === 'string') return text
      const fault = placeFault(`at ${part.text}`, script.slice(0, part.at))
      if (fault) throw fault
      isUsed = true
      return quoted(text)
    })
    if (isUsed) return withoutNul([texts.join('')])
    const fault = placeFault('at the end', script)
    if (fault) throw fault
    return withoutNul([`${texts.join('')} ${quoted(order.values)}`])
  }
}

/** Always in quotes: a bare word could be a keyword, or go on with a name or a number before it. */
const quoted = (values: readonly string[]): string => values.map(singleQuote).join(' ')

/** What a part becomes for an order: text that stays, or the arguments that it stands for. */
function fill(part: Part, order: Order): string | readonly string[] {
  if (typeof part === 'string') return part
  const found = argumentsFor(part.name, order)
  if (part.isDoubled) return found === null ? part.text : `{${part.name}}`
  if (found instanceof TemplateError) throw found
  return found ?? part.text
}

/** What a column's name is like when it is no column of an order: letters first, of any alphabet. */
const WORD = /^[\p{L}_][\p{L}\p{N}_.-]*$/u

/** The arguments that a name in braces stands for, or why it stands for none; null when it is no placeholder at all. */
function argumentsFor(name: string, { values, names }: Order): readonly string[] | TemplateError | null {
  if (name === '') return values
  const column = names?.indexOf(name) ?? -1
  if (column >= 0) return [values[column] ?? '']
  if (/^\d+$/.test(name)) {
    const value = values[Number(name) - 1]
    return value === undefined ? noArgument(name, values.length) : [value]
  }
  return names !== null && WORD.test(name) ? noColumn(name, names) : null
}

const noArgument = (number: string, count: number): TemplateError =>
  new TemplateError('argument-missing', `no argument {${number}}: the order has ${count}`, {
    hint: `To keep {${number}} as text, write {{${number}}}.`,
  })

const noColumn = (name: string, names: readonly string[]): TemplateError =>
  new TemplateError('column-missing', `no column {${name}}: the order has ${names.join(', ')}`, {
    hint: `To keep {${name}} as text, write {{${name}}}.`,
  })

/** @param start The command up to the place. */
function placeFault(where: string, start: string): TemplateError | null {
  const context = quotedContext(start)
  if (context === null) return null
  return new TemplateError(
    'quoted-place',
    `arguments put in ${where} would stand ${context}, where they are not safe`,
    {
      hint: `Hob quotes what it puts in, so leave quotes away, or take it into a variable first: x={1}; echo "for $x".`,
    },
  )
}

function withoutNul(command: readonly string[]): readonly string[] {
  if (!command.some((element) => element.includes('\0'))) return command
  throw new TemplateError('nul', 'an argument has a NUL character, which no command can be given')
}
