import type { Keyset } from '../rule.js'
import { needsNumber } from './column.js'

/** A part that aggregates of a keyset look at. */
export interface ValueSlot {
  readonly part: string
  /** One looks at numbers. */
  readonly isNumber: boolean
  /** One counts different texts. */
  readonly isText: boolean
  /** One needs each value, and not what they come to. */
  readonly isListed: boolean
}

/** The parts that values of a keyset come of, each once. */
export function valueSlots({ values }: Keyset): readonly ValueSlot[] {
  return [...new Set(values.map(({ part }) => part))].map((part) => {
    const kinds = values.filter((value) => value.part === part).map(({ kind }) => kind)
    const isText = kinds.some((kind) => kind.startsWith('countDistinct'))
    return { part, isNumber: kinds.some(needsNumber), isText, isListed: isText || kinds.includes('quantile') }
  })
}
