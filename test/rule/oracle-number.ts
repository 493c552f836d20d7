// What sums are, by whole numbers of any size: slow, and plain enough to be believed.

/** A fraction; `bottom` is above 0. */
interface Fraction {
  readonly top: bigint
  readonly bottom: bigint
}

/** Whole sums from here on are doubles. */
const WHOLE_END = 10n ** 38n

const NUMERIC = /^[ \t\r\n]*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?[ \t\r\n]*$/

/** The number that a value is; null when it is none. */
export function numberIn(value: unknown): number | null {
  const number = typeof value === 'string' && NUMERIC.test(value) ? Number(value) : value
  // Plus 0, since no result has -0.
  return typeof number === 'number' && Number.isFinite(number) ? number + 0 : null
}

/** The exact sum of doubles: a whole number of at most 38 digits, or the double nearest to it. */
export function sumOf(numbers: readonly number[]): number | bigint {
  const total = numbers.map(fractionOf).reduce(plus, { top: 0n, bottom: 1n })
  if (total.top % total.bottom !== 0n) return nearestDouble(total)
  const whole = total.top / total.bottom
  if (Number.isSafeInteger(Number(whole)) || whole <= -WHOLE_END || whole >= WHOLE_END) return Number(whole)
  return whole
}

const plus = (a: Fraction, b: Fraction): Fraction => ({
  top: a.top * b.bottom + b.top * a.bottom,
  bottom: a.bottom * b.bottom,
})

/** Doubling is exact until nothing is left behind the point. */
function fractionOf(double: number): Fraction {
  let bottom = 1n
  let top = double
  while (!Number.isInteger(top)) {
    top *= 2
    bottom *= 2n
  }
  return { top: BigInt(top), bottom }
}

/** All bottoms are powers of two, so the bits of the top say all: 53 of them stay, and the rest rounds, a tie to even. */
function nearestDouble({ top, bottom }: Fraction): number {
  const size = top < 0n ? -top : top
  const sign = top < 0n ? -1 : 1
  const exponent = bottom.toString(2).length - 1
  // Numbers below 2^-1022 have fewer bits, since there is nothing below 2^-1074.
  const dropped = Math.max(size.toString(2).length - 53, exponent - 1_074, 0)
  const unit = 2n ** BigInt(dropped)
  const kept = size / unit
  const rest = (size % unit) * 2n
  const isUp = rest > unit || (rest === unit && kept % 2n === 1n)
  return sign * scaled(Number(isUp ? kept + 1n : kept), dropped - exponent)
}

/** By steps that are exact: no power of two is taken that a double cannot hold. */
function scaled(number: number, exponent: number): number {
  let value = number
  for (let left = Math.abs(exponent); left > 0; left -= 500) {
    const power = 2 ** Math.min(left, 500)
    value = exponent < 0 ? value / power : value * power
  }
  return value
}
