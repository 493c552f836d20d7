/**
 * Arrays in PostgreSQL's binary format, as `array_send` in its source writes them: a header, then for each element its
 * length (-1 for null) and its bytes. A thousand payloads as text would have to be quoted here and parsed there.
 */

const OID = { int8: 20, int4: 23, text: 25 } as const

/** Dimensions, whether there are nulls, the type of the elements, their count, the index of the first. */
const HEADER_BYTES = 20

function header(bytes: number, oid: number, count: number): Buffer {
  const buffer = Buffer.allocUnsafe(HEADER_BYTES + bytes)
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(1, 4)
  buffer.writeInt32BE(oid, 8)
  buffer.writeInt32BE(count, 12)
  buffer.writeInt32BE(1, 16)
  return buffer
}

/** A `bigint[]`; whole numbers, or null. */
export function int8Array(values: readonly (number | null)[]): Buffer {
  const buffer = header(values.length * 12, OID.int8, values.length)
  let at = HEADER_BYTES
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at)
      continue
    }
    buffer.writeInt32BE(8, at)
    const high = Math.floor(value / 2 ** 32)
    buffer.writeInt32BE(high, at + 4)
    buffer.writeUInt32BE(value - high * 2 ** 32, at + 8)
    at += 12
  }
  return buffer.subarray(0, at)
}

/** An `int[]`. */
export function int4Array(values: readonly number[]): Buffer {
  const buffer = header(values.length * 8, OID.int4, values.length)
  let at = HEADER_BYTES
  for (const value of values) {
    buffer.writeInt32BE(4, at)
    buffer.writeInt32BE(value, at + 4)
    at += 8
  }
  return buffer
}

/** A `text[]`; the texts hold no NUL, see `text.ts`. */
export function textArray(values: readonly (string | null)[]): Buffer {
  let bytes = 0
  for (const value of values) bytes += 4 + (value === null ? 0 : Buffer.byteLength(value))
  const buffer = header(bytes, OID.text, values.length)
  let at = HEADER_BYTES
  for (const value of values) {
    if (value === null) {
      at = buffer.writeInt32BE(-1, at)
      continue
    }
    const length = buffer.write(value, at + 4)
    buffer.writeInt32BE(length, at)
    at += 4 + length
  }
  return buffer
}
