/** A whole number with its thousands apart: `1,000,000`. By hand, since the first `toLocaleString` of a thread takes 40 ms. */
export const numberText = (number: number): string => String(number).replace(/\B(?=(\d{3})+$)/g, ',')
