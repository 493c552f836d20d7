import { exactTotal } from '#hob/rule/exact-sum.js'
import type { MapOutput } from '#hob/rule/map-output.js'
import type { Keyset, RuleDefinition } from '#hob/rule/rule.js'
import { type Line, spilled } from '../map-task.js'

/** What spills of a task come to, however they are cut: for each keyset the aggregates of its keys, and how often each value came. */
export function merged(rule: RuleDefinition, output: MapOutput): unknown {
  return Object.fromEntries(
    rule.keysets.map((keyset) => [
      keyset.name,
      { groups: mergedGroups(keyset, spilled(output, 'groups', keyset.name)), values: mergedValues(keyset, output) },
    ]),
  )
}

/** Columns of an aggregate in a line of the kind `groups`, and what several lines come to. */
function reading(kind: string): { readonly columns: number; readonly total: (lines: readonly Line[]) => unknown } {
  const sum = (lines: readonly Line[]) =>
    exactTotal(
      lines.reduce((total, [whole]) => total + BigInt(whole ?? 0), 0n),
      lines.flatMap(([, doubles]) => JSON.parse(doubles ?? '[]') as number[]),
    )
  const count = (lines: readonly Line[], at: number) => lines.reduce((total, line) => total + Number(line[at]), 0)
  const numbers = (lines: readonly Line[]) => lines.flatMap(([number]) => (number === null ? [] : [Number(number)]))
  if (kind === 'sum') return { columns: 2, total: sum }
  if (kind === 'avg') return { columns: 3, total: (lines) => [sum(lines), count(lines, 2)] }
  if (kind === 'count') return { columns: 1, total: (lines) => count(lines, 0) }
  if (kind === 'min') return { columns: 1, total: (lines) => Math.min(...numbers(lines)) }
  if (kind === 'max') return { columns: 1, total: (lines) => Math.max(...numbers(lines)) }
  return { columns: 0, total: () => null }
}

function mergedGroups({ keyParts, values }: Keyset, lines: readonly Line[]): unknown {
  const byKey = new Map<string, Line[]>()
  for (const line of lines) {
    const key = JSON.stringify(line.slice(0, keyParts.length))
    const ofKey = byKey.get(key)
    // Of a map that spills after each record there are as many lines of a key as records.
    if (ofKey === undefined) byKey.set(key, [line])
    else ofKey.push(line)
  }
  return [...byKey]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, ofKey]) => {
      let at = keyParts.length
      return [
        key,
        ...values.map(({ kind }) => {
          const { columns, total } = reading(kind)
          at += columns
          return total(ofKey.map((line) => line.slice(at - columns, at)))
        }),
      ]
    })
}

function mergedValues({ name }: Keyset, output: MapOutput): unknown {
  const counts = new Map<string, number>()
  for (const line of spilled(output, 'values', name)) {
    const value = JSON.stringify(line.slice(0, -1))
    counts.set(value, (counts.get(value) ?? 0) + Number(line.at(-1)))
  }
  return [...counts].sort(([a], [b]) => (a < b ? -1 : 1))
}
