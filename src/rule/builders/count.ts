import type { Parts } from '../rule.js'
import { builderError } from './builder.js'
import { noteUse } from './builder-use.js'

/** Gives a record the part `count`, which is 1: its sum is the number of records. */
export function count(parts: Parts): Parts {
  if (parts === undefined)
    throw builderError('count()', 'it is a function for partsPreprocess: write count, not count()')
  parts.count = 1
  return parts
}

noteUse('records', count)
