import type { FieldTransform, Params, Parts, PartsFunction } from '../rule.js'
import { functionName, RowFault, type Running } from './function-fault.js'

/** Takes a record on to what comes next. */
export type Emit = (parts: Parts) => void

/** Makes a record of its own of one. */
export type Copy = (parts: Parts) => Parts

/** What the links of a chain share. */
export interface ChainOptions {
  readonly params: Params
  readonly running: Running
  /** How faults name the functions that have no name: `partsPreprocess`. */
  readonly place: string
  /** What comes behind the chain changes records, so that each that it is given must be its own. */
  readonly isChangedLater: boolean
  readonly copy: Copy
  /** What a field of a record is changed in; the record unless given. */
  readonly changed?: (parts: Parts, field: string) => Parts
}

/**
 * Functions over records, one after the other, each feeding the next: a record goes all the way before the one after it is asked for, so
 * that a generator may yield the same object again and again, and no list is made where a function gives one.
 */
export function partsChain(functions: readonly PartsFunction[], options: ChainOptions, next: Emit): Emit {
  let emit = next
  for (let at = functions.length - 1; at >= 0; at--) {
    const own = functions[at]
    const isLast = at === functions.length - 1
    if (own)
      emit = link(
        own,
        { ...options, place: `${options.place}[${at}]`, isChangedLater: options.isChangedLater || !isLast },
        emit,
      )
  }
  return emit
}

/** One function. */
function link(own: PartsFunction, { params, running, place, isChangedLater, copy }: ChainOptions, next: Emit): Emit {
  const name = functionName(own, place)
  const each = (given: Iterable<unknown>): void => {
    for (const parts of given) {
      if (!isParts(parts)) throw refusal(parts, ' among its records')
      next(isChangedLater ? copy(parts) : parts)
      running.name = name
    }
  }
  return (parts) => {
    running.name = name
    const given: unknown = own(parts, params)
    if (given === parts) next(parts)
    else if (given === null || given === undefined) return
    else if (typeof given !== 'object') throw refusal(given, ', which is no record')
    else if (Symbol.iterator in given) each(given as Iterable<unknown>)
    else if (isParts(given)) next(given)
    else throw refusal(given, ': functions of a rule do not wait')
  }
}

/** Other values for fields that a record has. */
export function transformChain(
  transforms: Readonly<Record<string, FieldTransform>>,
  options: ChainOptions,
  next: Emit,
): Emit {
  const list = Object.entries(transforms).map(([field, own]) => ({ field, own, name: `fieldTransforms.${field}` }))
  if (list.length === 0) return next
  const { running, params, changed = itself } = options
  return (parts) => {
    for (const { field, own, name } of list) {
      const fields = changed(parts, field)
      if (!Object.hasOwn(fields, field)) continue
      running.name = name
      const value = own(fields[field], params)
      // Assignment would change the prototype.
      if (field === '__proto__') Object.defineProperty(fields, field, { value })
      else fields[field] = value
    }
    next(parts)
  }
}

const itself = (parts: Parts): Parts => parts

/** A record of its own: also lists and objects in it, as JSON has them, are new. */
export function copyOf(parts: Parts): Parts {
  // Spread defines members, so that `__proto__` stays one like any other.
  const copy = { ...parts }
  for (const name in copy) {
    const value = copy[name]
    if (typeof value === 'object' && value !== null && Object.hasOwn(copy, name)) setOwn(copy, name, copyOfValue(value))
  }
  return copy
}

/** A list or an object as JSON has them, of its own; anything else as it is. */
export function copyOfValue(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyOfValue)
  // A Date, or whatever else a function put there, has no members to copy.
  return Object.getPrototypeOf(value) === Object.prototype ? copyOf(value as Parts) : value
}

function setOwn(parts: Parts, name: string, value: unknown): void {
  if (name === '__proto__') Object.defineProperty(parts, name, { value })
  else parts[name] = value
}

function isParts(value: unknown): value is Parts {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !isLate(value)
}

/** A promise, or what an async generator gives. */
const isLate = (value: object): boolean => value instanceof Promise || Symbol.asyncIterator in value

function refusal(given: unknown, why: string): RowFault {
  // One of a recorded record fails when it looks for a `then` there, and what nobody catches ends the thread.
  if (given instanceof Promise) given.catch(() => {})
  return new RowFault(`gave ${described(given)}${why}`)
}

function described(value: unknown): string {
  if (value === null || value === undefined) return String(value)
  if (typeof value !== 'object') return `a ${typeof value}`
  if (value instanceof Promise) return 'a promise'
  if (isLate(value)) return 'an async generator'
  return Array.isArray(value) ? 'a list' : 'an object'
}
