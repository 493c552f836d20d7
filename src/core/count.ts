/** A whole number with its thousands apart: `1,000,000`. By hand, since the first `toLocaleString` of a thread takes 40 ms. */
export const formatCount = (count: number): string => String(count).replace(/\B(?=(\d{3})+$)/g, ',')

/** So many and their noun: `1 order`, `2,000 orders`. */
export const plural = (count: number, noun: string): string => `${formatCount(count)} ${noun}${count === 1 ? '' : 's'}`

/** A rate per second in three digits or so: `0.05/s`, `3.2/s`, `12,345/s`. */
export function formatRate(perSecond: number): string {
  const digits = perSecond === 0 || perSecond >= 10 ? 0 : perSecond >= 1 ? 1 : 2
  return `${digits === 0 ? formatCount(Math.round(perSecond)) : perSecond.toFixed(digits)}/s`
}
