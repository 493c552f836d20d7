/**
 * A value of a record as JSON of which `fromExactJson` makes the same. Beyond what `JSON.stringify` does: -0 stays, and numbers too large for a
 * double are written as one that JSON reads so. NaN, which only columns of doubles hold, is the word.
 *
 * @throws RangeError when it is nested too deep.
 */
export function exactJson(value: unknown): string {
  if (typeof value === 'number') return numberText(value)
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  if (Array.isArray(value)) return `[${value.map(exactJson).join(',')}]`
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${exactJson(member)}`)
    .join(',')}}`
}

/** The value of a text that `exactJson` made. */
export const fromExactJson = (text: string): unknown => (text === 'NaN' ? Number.NaN : (JSON.parse(text) as unknown))

function numberText(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '1e999' : '-1e999'
}
