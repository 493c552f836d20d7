import type { Parts } from '../rule.js'

/**
 * How many groups there are of which a sample shows some: those that it shows, and by A. Chao's lower bound as many as it must have missed
 * ("Nonparametric estimation of the number of classes in a population", 1984), from those that it shows once and twice.
 *
 * @param fields Null: the records as a whole.
 */
export function groupEstimate(records: readonly Parts[], fields: readonly string[] | null): number {
  const counts = new Map<string, number>()
  for (const record of records) {
    const text = fields === null ? JSON.stringify(record) : textOf(record, fields)
    counts.set(text, (counts.get(text) ?? 0) + 1)
  }
  let once = 0
  let twice = 0
  for (const count of counts.values()) {
    if (count === 1) once++
    else if (count === 2) twice++
  }
  return counts.size + (twice > 0 ? once ** 2 / (2 * twice) : (once * (once - 1)) / 2)
}

/** One text for the fields of a record: lengths in front, so that no two look the same. */
function textOf(record: Parts, fields: readonly string[]): string {
  let text = ''
  for (const name of fields) {
    const value = Object.hasOwn(record, name) ? record[name] : undefined
    const own = typeof value === 'string' ? value : (JSON.stringify(value) ?? '')
    text += `${typeof value === 'string' ? '' : '-'}${own.length}:${own}`
  }
  return text
}
