/** So large, that doubles may overflow on the way to the sum. */
const HUGE: bigint = 2n ** 1000n

/**
 * Adds a double to an exact sum: a list of doubles, smallest first, whose bits do not overlap (J. R. Shewchuk, "Adaptive Precision
 * Floating-Point Arithmetic and Fast Robust Geometric Predicates", 1997). Two or three hold what most data comes to; 40 hold any.
 *
 * @param parts Changed in place.
 * @param value Of no more than 2^1000, so that nothing overflows.
 */
export function addExactly(parts: number[], value: number): void {
  let sum = value
  let kept = 0
  for (const part of parts) {
    const both = sum + part
    const added = both - sum
    const lost = sum - (both - added) + (part - added)
    if (lost !== 0) parts[kept++] = lost
    sum = both
  }
  parts.length = kept
  if (sum !== 0) parts.push(sum)
}

/** Parts a double into halves of 26 bits (G. W. Veltkamp). */
const SPLITTER = 2 ** 27 + 1

/**
 * A double times a whole number as two doubles whose sum it is, exactly (T. J. Dekker, "A floating-point technique for extending the
 * available precision", 1971). Nothing is lost to underflow, since all that is multiplied are multiples of the least double.
 *
 * @param double Below 2^900.
 * @param count A safe integer.
 */
export function exactProduct(double: number, count: number): readonly [product: number, lost: number] {
  const product = double * count
  const [doubleHigh, doubleLow] = halves(double)
  const [countHigh, countLow] = halves(count)
  const rest = doubleHigh * countHigh - product + doubleHigh * countLow + doubleLow * countHigh
  return [product, rest + doubleLow * countLow]
}

function halves(double: number): readonly [high: number, low: number] {
  const scaled = double * SPLITTER
  const high = scaled - (scaled - double)
  return [high, double - high]
}

/**
 * The exact sum of a whole number and doubles, rounded once: a whole sum is an integer, a bigint beyond 2^53; any other is the double
 * nearest to it, of two the even one. So neither the order nor the cut into lists shows.
 *
 * @param doubles Finite, and below 2^53 unless they are whole.
 */
export function exactTotal(whole: bigint, doubles: readonly number[]): number | bigint {
  let integers = whole
  const parts: number[] = []
  for (const value of doubles) {
    if (Math.abs(value) < 2 ** 53) addExactly(parts, value)
    else integers += BigInt(value)
  }
  // Bits do not overlap, so the smallest part alone tells whether there is a fraction.
  if (Number.isInteger(parts[0] ?? 0)) return wholeTotal(integers, parts)
  if (integers >= HUGE || integers <= -HUGE) return hugeTotal(integers, parts)
  for (const part of doublesOf(integers, 1)) addExactly(parts, part)
  return nearest(parts)
}

/**
 * Doubles whose exact sum is so many units: the nearest one, then what follows it.
 *
 * @param unit A power of 2, and large enough that no bit is lost.
 */
export function doublesOf(count: bigint, unit: number): readonly number[] {
  const doubles: number[] = []
  for (let rest = count; rest !== 0n; ) {
    const near = Number(rest)
    doubles.push(near * unit)
    rest -= BigInt(near)
  }
  return doubles
}

function wholeTotal(integers: bigint, parts: readonly number[]): number | bigint {
  const total = parts.reduce((sum, part) => sum + BigInt(part), integers)
  const number = Number(total)
  return Number.isSafeInteger(number) ? number : total
}

/**
 * A fraction cannot change a number so large but where it lies between two doubles, and there its direction does: which a set last bit
 * keeps, a thousand places below the digits of a double.
 */
function hugeTotal(integers: bigint, parts: number[]): number {
  const near = Math.round(nearest(parts))
  addExactly(parts, -near)
  const isBelow = (parts.at(-1) ?? 0) < 0
  return Number((integers + BigInt(near) - (isBelow ? 1n : 0n)) | 1n)
}

/** The double nearest to the sum of parts that do not overlap, as Python's `math.fsum` (R. Hettinger) has it. */
function nearest(parts: readonly number[]): number {
  let at = parts.length - 1
  let sum = parts[at] ?? 0
  let lost = 0
  while (at > 0 && lost === 0) {
    const before = sum
    const part = parts[--at] ?? 0
    sum = before + part
    lost = part - (sum - before)
  }
  // Exactly between two doubles the even one was taken; what follows below says whether it is exactly between.
  const next = parts[at - 1] ?? 0
  const isPulled = (lost < 0 && next < 0) || (lost > 0 && next > 0)
  if (!isPulled) return sum
  const further = sum + lost * 2
  return further - sum === lost * 2 ? further : sum
}
