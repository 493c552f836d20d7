import { pipeline, Readable, type Transform } from 'node:stream'
import { createGunzip, createGzip } from 'node:zlib'

/** A third faster than the usual 6, and a few hundredths larger on lines of text. */
const LEVEL = 4

/** The bytes compressed. */
export const packed = (content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  through(content, createGzip({ level: LEVEL }))

/** The content of what was compressed. Fails as zlib does when it is cut off, or was never compressed. */
export const unpacked = (content: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> =>
  through(content, createGunzip())

/** The content, unpacked when its first bytes are those of gzip. */
export async function* unpackedIfPacked(content: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const bytes = content[Symbol.asyncIterator]()
  try {
    const start = await startOf(bytes)
    const isPacked = start[0] === 0x1f && start[1] === 0x8b
    const whole = again(start, bytes)
    yield* isPacked ? unpacked(whole) : whole
  } finally {
    await bytes.return?.()
  }
}

/** Whether zlib refused the bytes. */
export const isPackingFault = (cause: unknown): boolean =>
  cause instanceof Error && String((cause as NodeJS.ErrnoException).code).startsWith('Z_')

/** The first bytes, two at least where there are as many. */
async function startOf(bytes: AsyncIterator<Uint8Array>): Promise<Uint8Array> {
  let start: Uint8Array = new Uint8Array()
  while (start.length < 2) {
    const { done, value } = await bytes.next()
    if (done) break
    start = start.length === 0 ? value : Buffer.concat([start, value])
  }
  return start
}

async function* again(start: Uint8Array, rest: AsyncIterator<Uint8Array>): AsyncGenerator<Uint8Array> {
  if (start.length > 0) yield start
  for (let next = await rest.next(); !next.done; next = await rest.next()) yield next.value
}

function through(content: AsyncIterable<Uint8Array>, transform: Transform): AsyncIterable<Uint8Array> {
  // The error of either end comes out of the transform, where it is read.
  return pipeline(Readable.from(content, { objectMode: false }), transform, () => {})
}
