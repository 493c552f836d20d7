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
    const text = JSON.stringify(fields === null ? record : fields.map((name) => fieldOf(record, name)))
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

/** In a list, so that what is missing is not null. */
const fieldOf = (record: Parts, name: string): readonly unknown[] => (Object.hasOwn(record, name) ? [record[name]] : [])
