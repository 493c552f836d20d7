import type { Faults } from './faults.js'
import type { Aggregate } from './rule.js'

const KINDS = ['sum', 'min', 'max', 'avg', 'count', 'countDistinct', 'quantile'] as const

/** What a value part asks for; a few words about it go to `faults`, and null comes back, when it makes no sense. */
export function aggregateOf(what: string, value: unknown, faults: Faults): Aggregate | null {
  if (typeof value === 'string') {
    return faults.text(what, value) ? { kind: 'sum', part: value, column: value, q: 0 } : null
  }
  if (!faults.object(what, value)) return null
  faults.known(what, value, [...KINDS, 'as', 'q', 'approximate'])
  const kinds = KINDS.filter((kind) => value[kind] !== undefined)
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) {
    faults.add(`${what} must name one of ${KINDS.join(', ')}`)
    return null
  }
  checkExtras(what, kind, value, faults)
  const part = value[kind]
  if (!faults.text(`${what}.${kind}`, part)) return null
  const { as = kind === 'sum' ? part : `${part}_${kind}` } = value
  if (!faults.text(`${what}.as`, as)) return null
  return {
    kind: kind === 'countDistinct' && value.approximate === true ? 'countDistinctApproximate' : kind,
    part,
    column: as,
    q: kind === 'quantile' ? Number(value.q) : 0,
  }
}

function checkExtras(what: string, kind: string, value: Readonly<Record<string, unknown>>, faults: Faults): void {
  const { q, approximate } = value
  if (kind === 'quantile') faults.number(`${what}.q`, q ?? null, [0, 1])
  else if (q !== undefined) faults.add(`${what} has q, which only a quantile has`)
  if (kind === 'countDistinct') faults.trueOrFalse(`${what}.approximate`, approximate)
  else if (approximate !== undefined) faults.add(`${what} has approximate, which only countDistinct has`)
}
