/**
 * Sums of doubles as fixed point: most doubles are whole multiples of 2^-74, and those add up in SQL as whole numbers do, exactly and in
 * any order. Such a sum is two numbers: `w`, its whole part, and `x`, a count of 2^-74. Only what does not fit goes on as a list of doubles,
 * and is finished in JavaScript (`exact-functions.ts`): a group by candidate and occupation of 2 M donations took 0.3 s of processor
 * time there, and 0.14 this way.
 *
 * 74 bits hold what is a millionth or more as a double has it, and so all that people count in. A fraction has less than 2^74 of them, so
 * that 2^50 fractions add up in the 127 bits of a HUGEINT.
 */
const ONE = '18889465931478580854784'

/** What fractions are counted in. */
export const FRACTION: number = 2 ** -74

/** Whole parts of doubles beyond are none of 64 bits. */
const WHOLE_END = 2 ** 62

const fraction = (value: string): string => `((${value} - trunc(${value})) * ${ONE}::DOUBLE)`

/** Whether all doubles of a list are fixed; of no list, too. */
export const isFixed = (list: string): string =>
  `coalesce(len(list_filter(${list}, lambda v: NOT (abs(v) < ${WHOLE_END} AND ${fraction('v')} = trunc(${fraction('v')})))) = 0, true)`

/** The sum of the whole parts of a list of fixed doubles; null for none. */
export const wholesIn = (list: string): string => `list_sum(list_transform(${list}, lambda v: trunc(v)::BIGINT))`

/** The sum of their fractions, as a count of 2^-74; null for none. */
export const fractionsOf = (list: string): string =>
  `list_sum(list_transform(${list}, lambda v: ${fraction('v')}::HUGEINT))`

/** The whole part of a sum, rounded down. */
export const wholePart = ({ whole, fractions }: FixedSum): string =>
  `(${whole} + (${fractions}) // ${ONE} - CASE WHEN (${fractions}) % ${ONE} < 0 THEN 1 ELSE 0 END)`

/** What is above it: at least 0, and less than 2^74. */
export const restPart = ({ fractions }: FixedSum): string =>
  `((${fractions}) % ${ONE} + CASE WHEN (${fractions}) % ${ONE} < 0 THEN ${ONE} ELSE 0 END)`

/** Expressions of HUGEINT, none of them null. */
export interface FixedSum {
  readonly whole: string
  readonly fractions: string
}

/**
 * The double nearest to a sum that is a whole part and a rest: rounded once, of two the even one.
 *
 * A decimal text becomes the nearest double, and so does a whole number that is written as one; to divide it by a power of two changes no
 * bit. A sum of 52 bits before the point is such a number of 126 bits. Of a larger one, four more bits are kept, and the last is set when
 * something follows: it then lies between the same doubles, and on the same side of their middle (rounding to odd: S. Boldo and
 * G. Melquiond, "Emulation of a FMA and correctly rounded sums", 2008). Beyond 120 bits the number itself has bits enough.
 */
export function nearestDouble(whole: string, rest: string): string {
  const asDouble = (sql: string): string => `(${sql})::VARCHAR::DOUBLE`
  const odd = (sql: string, isMore: string): string =>
    `${sql} + CASE WHEN ${isMore} AND (${sql}) % 2 = 0 THEN 1 ELSE 0 END`
  const near = 2n ** 52n
  const far = 2n ** 120n
  const step = 2n ** 70n
  return `CASE WHEN ${whole} BETWEEN -${near} AND ${near - 1n} THEN ${asDouble(`${whole} * ${ONE} + ${rest}`)} / ${ONE}::DOUBLE
    WHEN ${whole} BETWEEN -${far} AND ${far} THEN ${asDouble(odd(`(${whole} * 16 + ${rest} // ${step})`, `${rest} % ${step} > 0`))} / 16.0
    ELSE ${asDouble(odd(whole, `${rest} > 0`))} END`
}
