import { exactTotal } from '#hob/rule/exact-sum.js'
import type { MapOutput } from '#hob/rule/map-output.js'
import type { Aggregate, Keyset, RuleDefinition } from '#hob/rule/rule.js'
import { type Line, spilled } from '../map-task.js'

/** What spills hold of one aggregate of one key, added up: texts, so that -0, bigints and doubles are told apart. */
type Cell = string

/** What the spills of all tasks hold for each key of each keyset, whatever they hold it in, in order. */
export function addedUp({ keysets }: RuleDefinition, outputs: readonly MapOutput[]): readonly string[] {
  return keysets.flatMap((keyset) => [...groupsOf(keyset, outputs), ...valuesOf(keyset, outputs)])
}

function groupsOf(keyset: Keyset, outputs: readonly MapOutput[]): readonly string[] {
  const keyed = new Map<string, Line[]>()
  for (const line of outputs.flatMap((output) => spilled(output, 'groups', keyset.name))) {
    const key = JSON.stringify(line.slice(0, keyset.keyParts.length))
    keyed.set(key, [...(keyed.get(key) ?? []), line.slice(keyset.keyParts.length)])
  }
  return [...keyed].map(([key, lines]) => `${keyset.name} ${key}: ${cellsOf(keyset.values, lines).join(' ')}`).sort()
}

function cellsOf(values: readonly Aggregate[], lines: readonly Line[]): readonly Cell[] {
  let from = 0
  return values.flatMap(({ kind, column }) => {
    const width = {
      sum: 2,
      avg: 3,
      count: 1,
      min: 1,
      max: 1,
      countDistinct: 0,
      countDistinctApproximate: 0,
      quantile: 0,
    }[kind]
    const columns = Array.from({ length: width }, (_, at) => lines.map((line) => line[from + at] ?? null))
    from += width
    return width === 0 ? [] : [`${column}=${cellOf(kind, columns)}`]
  })
}

function cellOf(
  kind: Aggregate['kind'],
  [first = [], doubles = [], counts = []]: readonly (readonly (string | null)[])[],
): Cell {
  const there = first.filter((text) => text !== null)
  if (kind === 'count') return String(there.reduce((sum, text) => sum + BigInt(text), 0n))
  if (kind === 'min' || kind === 'max') {
    const numbers = there.map(Number).sort((a, b) => a - b)
    return String(numbers.at(kind === 'min' ? 0 : -1) ?? null)
  }
  const whole = there.reduce((sum, text) => sum + BigInt(text), 0n)
  const total = exactTotal(
    whole,
    doubles.flatMap((text) => (text === null ? [] : (JSON.parse(text) as number[]))),
  )
  return `${typeof total} ${total} of ${counts.reduce((sum, text) => sum + BigInt(text ?? 0), 0n)}`
}

/** Each text of a key that is counted, and each number of a quantile as often as it came. */
function valuesOf(keyset: Keyset, outputs: readonly MapOutput[]): readonly string[] {
  const times = new Map<string, bigint>()
  for (const line of outputs.flatMap((output) => spilled(output, 'values', keyset.name))) {
    const value = JSON.stringify(line.slice(0, -1))
    const isCounted = keyset.values[Number(line[0])]?.kind === 'quantile'
    times.set(value, isCounted ? (times.get(value) ?? 0n) + BigInt(line.at(-1) ?? 0) : 1n)
  }
  return [...times].map(([value, count]) => `${keyset.name} value ${value} ${count} times`).sort()
}
