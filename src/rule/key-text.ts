/** A longer key part makes its record bad. */
export const KEY_BYTES_MAX: number = 1024 * 1024

/**
 * The text that a key part is: text as it is, numbers and booleans as JSON has them, bigint as digits, a date as ISO 8601, other
 * objects as JSON with their names sorted. Half surrogate pairs, which no UTF-8 holds, become U+FFFD.
 *
 * @returns null when there is none: for null, undefined, and what JSON has as null.
 * @throws RangeError when an object is nested too deep or in a circle.
 */
export function keyText(value: unknown): string | null {
  if (typeof value === 'string') return value.toWellFormed()
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : null
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint' || typeof value === 'boolean') return String(value)
  if (value instanceof Date) return Number.isNaN(value.getTime()) ? null : value.toISOString()
  return typeof value === 'object' ? sortedJson(value).toWellFormed() : null
}

/** JSON of a value with the names of each object sorted, so that equal values are equal texts; bigints are written as digits. */
export function sortedJson(value: unknown): string {
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const json: unknown = 'toJSON' in value && typeof value.toJSON === 'function' ? value.toJSON() : value
  if (typeof json !== 'object' || json === null) return sortedJson(json)
  if (Array.isArray(json)) return `[${json.map(sortedJson).join(',')}]`
  const members = Object.entries(json)
    .filter(([, member]) => member !== undefined && typeof member !== 'function')
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${sortedJson(member)}`)
  return `{${members.join(',')}}`
}
