/** A text as a literal of SQL. */
export const literal = (text: string): string => `'${text.replaceAll("'", "''")}'`

/** A name of a column or table. */
export const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`

/** Files as a list of literals. */
export const fileList = (files: readonly string[]): string => `[${files.map(literalPath).join(', ')}]`

/** A file's path as a literal that means this file alone: in DuckDB a path is a pattern. */
export const literalPath = (path: string): string => literal(path.replace(/[*?[]/g, '[$&]'))

/**
 * A text as JavaScript shall get it: the driver's decoder takes a byte order mark off the front of each text (node-api 1.5.6), so
 * one that is there comes twice.
 */
export const forJavaScript = (sql: string): string =>
  `CASE WHEN starts_with(${sql}, '\uFEFF') THEN '\uFEFF' || ${sql} ELSE ${sql} END`

/** A whole number of any size as the nearest double; a cast of DuckDB's own rounds twice beyond 64 bits. */
export const asDouble = (sql: string): string =>
  `CASE WHEN (${sql}) BETWEEN -9007199254740992 AND 9007199254740992 THEN (${sql})::DOUBLE ELSE (${sql})::VARCHAR::DOUBLE END`

const MIB = 1024 * 1024

/** A longer record of an intermediate CSV file is a fault, unless its reader knows better. */
const RECORD_BYTES_MAX = 32 * MIB

/**
 * CSV files as `CsvFile` and map tasks write them, as a table.
 *
 * @param bytes The size of the largest: no record is longer, and buffers need not be.
 * @param recordBytes What a record may have when files are larger.
 */
export function csvTable(
  columns: readonly (readonly [name: string, type: string])[],
  files: readonly string[],
  { bytes, recordBytes = 0 }: { readonly bytes: number; readonly recordBytes?: number },
): string {
  const types = columns.map(([name, type]) => `${quoted(name)}: ${literal(type)}`)
  const buffer = Math.max(Math.min(bytes + 1024, Math.max(recordBytes, RECORD_BYTES_MAX)), 64 * 1024)
  return `read_csv(${fileList(files)}, columns = {${types.join(', ')}}, header = false, auto_detect = false, delim = ',',
    quote = '"', escape = '"', nullstr = '\\N', allow_quoted_nulls = false, new_line = '\\n',
    max_line_size = ${buffer}, buffer_size = ${buffer})`
}
