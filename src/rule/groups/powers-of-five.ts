/** The lowest and the highest, as scan/numbers.ts has them. */
const FIRST = -64
const LAST = 22

const TOP = 1n << 127n

let made: Buffer | undefined

/**
 * Powers of five as 128 bits from the highest that is set, 64 of them first: those that are not whole, up to the next. With them the program
 * reads numbers of 19 digits (D. Lemire, "Number Parsing at a Gigabyte per Second", 2021).
 */
export function powersOfFive(): Buffer {
  made ??= makePowers()
  return made
}

function makePowers(): Buffer {
  const powers = Buffer.alloc((LAST - FIRST + 1) * 16)
  for (let exponent = FIRST; exponent <= LAST; exponent++) {
    const bits = exponent < 0 ? reciprocal(5n ** BigInt(-exponent)) : shifted(5n ** BigInt(exponent))
    const at = (exponent - FIRST) * 16
    powers.writeBigUInt64LE(bits >> 64n, at)
    powers.writeBigUInt64LE(BigInt.asUintN(64, bits), at + 8)
  }
  return powers
}

function shifted(power: bigint): bigint {
  let bits = power
  while (bits < TOP) bits <<= 1n
  return bits
}

function reciprocal(power: bigint): bigint {
  let size = 0n
  while (1n << size < power) size++
  const isSmall = power <= 5n ** 27n
  let bits = (1n << (isSmall ? size + 127n : 2n * size + 128n)) / power + 1n
  while (bits >= TOP << 1n) bits >>= 1n
  return bits
}
