import { createHash } from 'node:crypto'
import { isJobKey, JOB_KEY_RULE } from '../broker/arguments.js'
import { ArgumentError } from '../core/errors.js'
import type { JsonText } from '../core/json.js'
import { type Order, parseOrder } from './payload.js'

/** What makes two rows the same order: the whole row, or one column, by its name or, without names, its number from 1. */
export type LoadKey = 'row' | { readonly column: string }

/** A row's key, or why it has none. */
export type KeyFinding = { readonly key: string } | { readonly fault: string }

/** Characters of a row's hash: 132 bits, so that among a billion rows no two that differ ever fall together. */
const HASH_LENGTH = 22

/** The key of a row; rows are the same when their payloads are the same text. */
export function keyOf(payload: JsonText, key: LoadKey): KeyFinding {
  if (key === 'row') return { key: createHash('sha256').update(payload).digest('base64url').slice(0, HASH_LENGTH) }
  const order = parseOrder(payload)
  const value = order.values[columnIndex(order, key.column)]
  if (value === undefined) return { fault: `no column '${key.column}' for the key` }
  // All rows without a value would pass for one order.
  if (value === '') return { fault: `column '${key.column}' is empty, so it cannot be the key` }
  return isJobKey(value) ? { key: value } : { fault: `column '${key.column}' cannot be the key: ${JOB_KEY_RULE}` }
}

/** @throws ArgumentError when this order, the first of its file, has no such column. */
export function checkKeyColumn(payload: JsonText, key: LoadKey): void {
  if (key === 'row') return
  const order = parseOrder(payload)
  if (order.values[columnIndex(order, key.column)] !== undefined) return
  const columns = order.names
    ? order.names.join(', ')
    : `numbers from 1 to ${order.values.length}, as they have no names`
  throw new ArgumentError(`there is no column '${key.column}' to be the key`, { hint: `The columns are: ${columns}.` })
}

function columnIndex({ names }: Order, column: string): number {
  if (names) return names.indexOf(column)
  return /^[1-9]\d*$/.test(column) ? Number(column) - 1 : -1
}
