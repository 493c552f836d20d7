import type { Parts } from '../rule.js'

/** Gives a record the part `count`, which is 1: its sum is the number of records. */
export function count(parts: Parts): Parts {
  parts.count = 1
  return parts
}
