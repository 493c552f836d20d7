import { TAIL_BYTES_MAX } from '../core/limits.js'

/** UTF-16 needs at most this many bytes of UTF-8 for each unit of `.length`, so short text need not be measured. */
const BYTES_PER_UNIT_MAX = 3

/** Whether a text fits into so many bytes of UTF-8; counts bytes only when its length leaves a doubt. */
export const fits = (text: string, bytesMax: number): boolean =>
  text.length * BYTES_PER_UNIT_MAX <= bytesMax || Buffer.byteLength(text) <= bytesMax

/** The end of a text, at most `TAIL_BYTES_MAX` bytes of UTF-8, never beginning inside a character. */
export function tail(text: string): string {
  if (fits(text, TAIL_BYTES_MAX)) return text
  // No more units than bytes can remain, so the rest of a huge text is never encoded.
  const bytes = Buffer.from(text.slice(-TAIL_BYTES_MAX))
  let start = Math.max(bytes.length - TAIL_BYTES_MAX, 0)
  while (isContinuation(bytes[start])) start += 1
  return bytes.toString('utf8', start)
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0b1100_0000) === 0b1000_0000
