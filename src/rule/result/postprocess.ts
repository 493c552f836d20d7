import { messageOf, RuleError } from '../../core/errors.js'
import type { Keyset, Params, Parts, PartsFunction } from '../rule.js'

/** Runs the functions of a keyset, one after the other, over a row of its result; each gives none, one or many. */
export function postprocess(keyset: Keyset, row: Parts, params: Params): readonly Parts[] {
  let rows: readonly Parts[] = [row]
  for (const [at, each] of keyset.partsPostprocess.entries()) {
    const what = `${each.name === '' ? `partsPostprocess[${at}]` : each.name} ${keyset.name.startsWith('_') ? 'of the rule' : `of keyset '${keyset.name}'`}`
    const next: Parts[] = []
    for (const parts of rows) next.push(...given(what, each, parts, params))
    rows = next
  }
  return rows
}

function given(what: string, each: PartsFunction, row: Parts, params: Params): readonly Parts[] {
  const before = JSON.stringify(row, (_, value) => (typeof value === 'bigint' ? String(value) : value)).slice(0, 300)
  try {
    const result: unknown = each(row, params)
    if (result === null || result === undefined) return []
    const all = isIterable(result) ? [...result] : [result]
    for (const one of all) {
      if (typeof one !== 'object' || one === null || Array.isArray(one))
        throw new TypeError(`it gave ${kindName(one)}, which is no row`)
      if (one instanceof Promise || Symbol.asyncIterator in one)
        throw new TypeError('it is async, and functions of a rule do not wait')
    }
    return all as Parts[]
  } catch (cause) {
    const why = messageOf(cause)
    throw new RuleError('function', `${what} failed on ${before}: ${why}`, { cause })
  }
}

/** What a value is, for a message. */
export const kindName = (value: unknown): string =>
  value === null
    ? 'null'
    : Array.isArray(value)
      ? 'a list'
      : typeof value === 'object'
        ? 'an object'
        : `${typeof value} ${String(value)}`

const isIterable = (value: unknown): value is Iterable<unknown> =>
  typeof value === 'object' && value !== null && Symbol.iterator in value
