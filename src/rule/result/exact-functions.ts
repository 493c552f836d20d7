import type { DuckDBConnection, DuckDBDataChunk, DuckDBListValue, DuckDBVector } from '@duckdb/node-api'
import { doublesOf, exactTotal } from '../exact-sum.js'
import { FRACTION } from './fixed-sum.js'

/** Whole sums of more digits than a decimal of DuckDB are kept as doubles. */
const WHOLE_END = 10n ** 38n

/**
 * Gives DuckDB the exact sums of doubles, which it has not: two functions of a whole number, fractions (a count of 2^-74, `fixed-sum.ts`) and
 * a list of doubles.
 *
 * - `exact_whole(i, x, f)`: their sum when it is whole and below 10^38, else null
 * - `exact_number(i, x, f)`: the double nearest to their sum
 *
 * They run in JavaScript, a batch of 2,048 at a time, about 2 M a second (two cores of 2026), so statements call them only where doubles are.
 */
export function registerExactSums(api: typeof import('@duckdb/node-api'), connection: DuckDBConnection): void {
  const parameterTypes = [api.HUGEINT, api.HUGEINT, api.LIST(api.DOUBLE)]
  const total = (
    input: DuckDBDataChunk,
    output: DuckDBVector,
    take: (total: number | bigint) => number | bigint | null,
  ) => {
    const whole = input.getColumnVector(0)
    const fractions = input.getColumnVector(1)
    const doubles = input.getColumnVector(2)
    for (let row = 0; row < input.rowCount; row++) {
      const list = doubles.getItem(row) as DuckDBListValue | null
      const i = (whole.getItem(row) as bigint | null) ?? 0n
      const x = doublesOf((fractions.getItem(row) as bigint | null) ?? 0n, FRACTION)
      output.setItem(row, take(exactTotal(i, [...x, ...((list?.items ?? []) as number[])])))
    }
    output.flush()
  }
  for (const [name, returnType, take] of [
    ['exact_whole', api.HUGEINT, wholeOf],
    ['exact_number', api.DOUBLE, Number],
  ] as const) {
    connection.registerScalarFunction(
      api.DuckDBScalarFunction.create({
        name,
        returnType,
        parameterTypes,
        // Null is a value here: no whole part, or no doubles.
        specialHandling: true,
        mainFunction: (_info, input, output) => total(input, output, take),
      }),
    )
  }
}

function wholeOf(total: number | bigint): bigint | null {
  const whole = typeof total === 'bigint' ? total : Number.isInteger(total) ? BigInt(total) : null
  return whole !== null && whole > -WHOLE_END && whole < WHOLE_END ? whole : null
}
