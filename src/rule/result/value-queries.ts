import type { Aggregate } from '../rule.js'

/** What the queries of values need to know. */
export interface ValuesSource {
  /** A table with the columns of `values` (see `map-output.ts`), of one partition. */
  readonly from: string
  readonly keys: readonly string[]
  /** Whether each value of a key stands there once only. */
  readonly isDistinct: boolean
}

/** A query that gives the keys and `v`, an aggregate that needs every value; null for one that adds up. `at` is its place in the keyset. */
export function valueQuery(aggregate: Aggregate, at: number, source: ValuesSource): string | null {
  const keys = source.keys.join(', ')
  const rows = `${source.from} WHERE a = ${at}`
  switch (aggregate.kind) {
    case 'countDistinct': {
      const different = source.isDistinct ? rows : `(SELECT DISTINCT ${keys}, t FROM ${rows})`
      return `SELECT ${keys}, count(*) AS v FROM ${different} GROUP BY ${keys}`
    }
    case 'countDistinctApproximate':
      // Its sketch takes the greatest of each cell, so that neither order nor repetition matters.
      return `SELECT ${keys}, approx_count_distinct(t) AS v FROM ${rows} GROUP BY ${keys}`
    case 'quantile':
      return quantileQuery(aggregate.q, rows, keys)
    default:
      return null
  }
}

/**
 * The value at place `q × (values - 1)`, from 0, of those in order; between two of them in proportion: what DuckDB's `quantile_cont` and
 * most tools have. Values come with how often they are there, so places are found by running totals instead of one by one.
 */
function quantileQuery(q: number, rows: string, keys: string): string {
  const counted = `SELECT ${keys}, d, sum(n) AS n FROM ${rows} GROUP BY ${keys}, d`
  const placed = `SELECT ${keys}, d, sum(n) OVER (PARTITION BY ${keys} ORDER BY d) AS upto,
    ${q}::DOUBLE * (sum(n) OVER (PARTITION BY ${keys}) - 1)::DOUBLE AS place FROM (${counted})`
  const around = `SELECT ${keys}, any_value(place) AS place, min(d) FILTER (upto > floor(place)) AS low,
    min(d) FILTER (upto > ceil(place)) AS high FROM (${placed}) GROUP BY ${keys}`
  return `SELECT ${keys}, CASE WHEN low = high THEN low ELSE low * (1 - (place - floor(place))) + high * (place - floor(place)) END AS v
    FROM (${around})`
}
