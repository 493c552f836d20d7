import type { JobId } from '../broker/job-store.js'
import type { Order } from './payload.js'

/** The attempt that a command runs for. */
export interface OrderAttempt {
  readonly id: JobId
  /** 1 for the first. */
  readonly attempt: number
  readonly queue: string
}

/** Bytes of `NAME=value` with its closing NUL: Linux starts no command with a longer one (execve(2), MAX_ARG_STRLEN). */
const VARIABLE_BYTES_MAX = 131_072

/**
 * The variables that tell a command about its order: `HOB_ORDER_ID`, `HOB_ATTEMPT`, `HOB_QUEUE`, and `HOB_ARG_NAME` for
 * each named column.
 *
 * A column's name is upper-cased, and every character but A–Z, 0–9 and `_` becomes `_`; when two columns fall together,
 * the first has the variable. A value that no variable can hold, with a NUL or too long, gets none; it is still among
 * the arguments and on `--stdin`.
 */
export function orderEnvironment(attempt: OrderAttempt, order: Order): Readonly<Record<string, string>> {
  const variables: Record<string, string> = {
    HOB_ORDER_ID: attempt.id,
    HOB_ATTEMPT: String(attempt.attempt),
    HOB_QUEUE: attempt.queue,
  }
  for (const [at, name] of (order.names ?? []).entries()) {
    const variable = variableOf(name)
    const value = order.values[at] ?? ''
    if (!Object.hasOwn(variables, variable) && fits(variable, value)) variables[variable] = value
  }
  return variables
}

const variableOf = (column: string): string => `HOB_ARG_${column.toUpperCase().replace(/[^A-Z0-9_]/g, '_')}`

const fits = (variable: string, value: string): boolean =>
  !value.includes('\0') && Buffer.byteLength(`${variable}=${value}`) < VARIABLE_BYTES_MAX
