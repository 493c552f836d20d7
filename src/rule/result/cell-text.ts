/** A value of a result as text for people and CSV; null for none. */
export function cellText(value: unknown): string | null {
  if (value === null || value === undefined) return null
  if (typeof value === 'string') return value
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

/** A line of CSV with its end: quotes only where needed; null is nothing, and empty text `""`, which tells them apart. */
export const csvLine = (row: readonly unknown[]): string => `${row.map(csvField).join(',')}\n`

function csvField(value: unknown): string {
  const text = cellText(value)
  if (text === null) return ''
  return text === '' || /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A row as JSON text, its members named by `names`, which are JSON texts. A whole number beyond 2^53 keeps its digits. */
export function jsonObject(names: readonly string[], row: readonly unknown[]): string {
  const members = row.map(
    (value, at) => `${names[at]}:${typeof value === 'bigint' ? value : (JSON.stringify(value) ?? 'null')}`,
  )
  return `{${members.join(',')}}`
}
