/** A whole number as JavaScript's own where that holds it. */
export const small = (value: unknown): unknown =>
  typeof value === 'bigint' && BigInt(Number(value)) === value && Math.abs(Number(value)) <= 2 ** 53
    ? Number(value)
    : value
