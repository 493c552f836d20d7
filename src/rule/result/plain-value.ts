/** A value as DuckDB's driver gives it, as plain JSON: see `parquetRows`. */
export function plainValue(value: unknown): unknown {
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : String(value)
  if (typeof value !== 'object' || value === null) return value ?? null
  const kind = value.constructor.name
  return (READERS[kind] ?? String)(value)
}

/** By the driver's classes, whose names are part of its face; loading them here would load DuckDB. */
const READERS: Readonly<Record<string, (value: object) => unknown>> = {
  DuckDBListValue: (value) => (value as { items: readonly unknown[] }).items.map(plainValue),
  DuckDBArrayValue: (value) => (value as { items: readonly unknown[] }).items.map(plainValue),
  DuckDBStructValue: (value) => plainObject(Object.entries((value as { entries: object }).entries)),
  DuckDBMapValue: (value) => {
    const entries = (value as { entries: readonly { key: unknown; value: unknown }[] }).entries
    return plainObject(entries.map(({ key, value: member }) => [String(plainValue(key)), member]))
  },
  DuckDBBlobValue: (value) => Buffer.from((value as { bytes: Uint8Array }).bytes).toString('base64'),
  DuckDBDecimalValue: (value) => exactNumber(String(value)),
  DuckDBTimestampValue: isoTime,
  DuckDBTimestampTZValue: isoInstant,
  DuckDBTimestampSecondsValue: isoTime,
  DuckDBTimestampMillisecondsValue: isoTime,
  DuckDBTimestampNanosecondsValue: isoTime,
}

const plainObject = (entries: readonly (readonly [string, unknown])[]): Record<string, unknown> =>
  Object.fromEntries(entries.map(([name, member]) => [name, plainValue(member)]))

/** A decimal as a number when it has so few digits that none is lost. */
const exactNumber = (text: string): number | string => (text.replace(/[-.]/g, '').length <= 15 ? Number(text) : text)

/** `2026-01-31T12:00:00`; fractions of a second as they are. */
function isoTime(value: object): string {
  return String(value).replace(' ', 'T')
}

/** With `Z`: an instant is the same in every zone, so it is written in none. */
function isoInstant(value: object): string {
  const { micros } = value as { micros: bigint }
  const rest = ((micros % 1_000_000n) + 1_000_000n) % 1_000_000n
  const seconds = new Date(Number((micros - rest) / 1_000n)).toISOString().slice(0, -5)
  return rest === 0n ? `${seconds}Z` : `${seconds}.${String(rest).padStart(6, '0').replace(/0+$/, '')}Z`
}
