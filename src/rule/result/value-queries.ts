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
      return sketchQuery(rows, keys)
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

/** Cells of a sketch: a standard error of 1.04 / √16,384, which is 0.8 %. */
const CELLS = 16_384

/**
 * HyperLogLog (P. Flajolet and others, "HyperLogLog: the analysis of a near-optimal cardinality estimation algorithm", 2007) over MD5, so that
 * neither cut nor order nor version shows. DuckDB's own `approx_count_distinct` has 64 cells, and errs by 13 % (1.5.6).
 *
 * Powers of two add up exactly here: there are 2^14 cells of 2^-33 at least.
 */
function sketchQuery(rows: string, keys: string): string {
  const hashed = `SELECT ${keys}, md5(t) AS h FROM ${rows}`
  const placed = `SELECT ${keys}, ('0x' || substr(h, 1, 4))::INTEGER >> 2 AS cell, ('0x' || substr(h, 5, 8))::UBIGINT AS bits FROM (${hashed})`
  // The place of the first bit that is set, of 32.
  const first = `33 - CASE WHEN bits = 0 THEN 0 ELSE length(bin(bits)) END`
  const cells = `SELECT ${keys}, cell, max(${first}) AS most FROM (${placed}) GROUP BY ${keys}, cell`
  const summed = `SELECT ${keys}, count(*) AS used, sum(pow(2, -most)) + (${CELLS} - count(*)) AS total FROM (${cells}) GROUP BY ${keys}`
  const estimate = `${(0.7213 / (1 + 1.079 / CELLS)) * CELLS * CELLS} / total`
  return `SELECT ${keys}, round(CASE WHEN used < ${CELLS} AND ${estimate} <= ${2.5 * CELLS}
    THEN ${CELLS} * ln(${CELLS} / (${CELLS} - used)) ELSE ${estimate} END)::BIGINT AS v FROM (${summed})`
}
