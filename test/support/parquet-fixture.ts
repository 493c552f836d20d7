import { stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { Duck } from '#hob/rule/result/duck.js'
import { csvTable, literal, quoted } from '#hob/rule/result/sql-text.js'
import type { ResultColumn } from '#hob/rule/rule.js'

const TYPES: Readonly<Record<ResultColumn['type'], string>> = {
  text: 'VARCHAR',
  any: 'VARCHAR',
  integer: 'BIGINT',
  number: 'DOUBLE',
}

/** Writes rows as a Parquet file, as a rule leaves its result. */
export async function writeParquet(
  file: string,
  columns: readonly ResultColumn[],
  rows: Iterable<readonly unknown[]>,
): Promise<void> {
  const csv = `${file}.csv`
  const lines = [...rows].map((row) => row.map(field).join(','))
  await writeFile(csv, lines.map((line) => `${line}\n`).join(''))
  const { size } = await stat(csv)
  const duck = await Duck.open({ memoryBytes: 128 * 2 ** 20, threads: 1, folder: tmpdir() })
  try {
    const types = columns.map(({ name, type }) => [name, TYPES[type]] as const)
    // What may be anything is JSON there.
    const cells = columns.map(({ name, type }) =>
      type === 'any' ? `to_json(${quoted(name)}) as ${quoted(name)}` : quoted(name),
    )
    await duck.run(
      `copy (select ${cells.join(', ')} from ${csvTable(types, [csv], { bytes: size })}) to ${literal(file)} (format parquet)`,
    )
  } finally {
    await duck.close()
  }
}

function field(value: unknown): string {
  if (value === null) return '\\N'
  return typeof value === 'string' ? `"${value.replaceAll('"', '""')}"` : Object.is(value, -0) ? '-0' : String(value)
}
