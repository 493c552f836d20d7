import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { SpillFile } from '#hob/rule/map-output.js'
import type { Keyset } from '#hob/rule/rule.js'

/** A record as a keyset sees it: the texts of its key, and what stands at each value part. */
export interface Entry {
  readonly key: readonly string[]
  /** By the place of the aggregate; null: the record has no such part. */
  readonly values: readonly (number | string | null)[]
}

type Field = string | number | bigint | null

/** A line of a spill: every text quoted, null as `\N`. */
const line = (fields: readonly Field[]): string =>
  `${fields.map((field) => (typeof field === 'string' ? `"${field.replaceAll('"', '""')}"` : (field ?? '\\N'))).join(',')}\n`

/** Writes the spills that a map task would leave of entries, a line for each: the simplest that keep the contract of `SpillFile`. */
export function spillEntries(
  folder: string,
  name: string,
  keyset: Keyset,
  entries: readonly Entry[],
): readonly SpillFile[] {
  const groups: string[] = []
  const values: string[] = []
  let wholeMax = 0
  for (const { key, values: given } of entries) {
    const fields: Field[] = [...key]
    for (const [at, { kind }] of keyset.values.entries()) {
      const value = given[at] ?? null
      const number = typeof value === 'number' ? value : null
      const isWhole = number !== null && Number.isSafeInteger(number)
      const whole = isWhole ? number : null
      const doubles = number !== null && !isWhole ? `[${number}]` : null
      if (kind === 'sum' || kind === 'avg')
        wholeMax = Math.max(wholeMax, isWhole || number === null ? Math.abs(whole ?? 0) : Infinity)
      if (kind === 'sum') fields.push(whole, doubles)
      if (kind === 'avg') fields.push(whole, doubles, number === null ? 0 : 1)
      if (kind === 'count') fields.push(value === null ? 0 : 1)
      if (kind === 'min' || kind === 'max') fields.push(number)
      if (value !== null && kind.startsWith('countDistinct')) values.push(line([at, ...key, String(value), null, 1]))
      if (number !== null && kind === 'quantile') values.push(line([at, ...key, null, number, 1]))
    }
    groups.push(line(fields))
  }
  const write = (kind: 'groups' | 'values', lines: readonly string[]): SpillFile[] => {
    if (lines.length === 0) return []
    const file = join(folder, `${name}-${kind}.csv`)
    writeFileSync(file, lines.join(''))
    const isPlain = kind === 'groups' && wholeMax < Infinity
    return [{ kind, keyset: keyset.name, file, rows: lines.length, ...(isPlain && { wholeMax }) }]
  }
  return [...write('groups', groups), ...write('values', values)]
}

/** Writes pairs, each JSON text. */
export function spillPairs(
  folder: string,
  name: string,
  pairs: readonly (readonly [string, string])[],
): readonly SpillFile[] {
  const file = join(folder, `${name}-pairs.csv`)
  writeFileSync(file, pairs.map(line).join(''))
  return [{ kind: 'pairs', keyset: '_map', file, rows: pairs.length }]
}
