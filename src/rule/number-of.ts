const NUMBER = /^[ \t\r\n]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t\r\n]*$/

/**
 * The number that a value part is: a finite number, a bigint, or text that is written like one.
 *
 * @returns null when it is none. What is missing, null or undefined, is none either; the caller counts it apart.
 */
export function numberOf(value: unknown): number | bigint | null {
  // Plus 0, so that there is no -0, which would be told apart where results are printed.
  if (typeof value === 'number') return Number.isFinite(value) ? value + 0 : null
  if (typeof value === 'bigint') return value
  if (typeof value !== 'string' || !NUMBER.test(value)) return null
  const number = Number(value)
  return Number.isFinite(number) ? number + 0 : null
}
