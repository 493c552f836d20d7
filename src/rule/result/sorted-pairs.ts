import { closeSync, openSync, readSync } from 'node:fs'

const CHUNK_BYTES = 1024 * 1024

/** A pair as two texts of JSON. */
export type PairText = readonly [key: string, value: string]

/**
 * The pairs of a file, a line each with a tab between: JSON has neither. Read as they are asked for and at once, since a function of the
 * user takes the values of a key from an iterable that cannot wait.
 */
export function* readPairs(file: string): Generator<PairText, void, undefined> {
  const handle = openSync(file, 'r')
  try {
    for (const line of lines(handle)) {
      const tab = line.indexOf('\t')
      yield [line.slice(0, tab), line.slice(tab + 1)]
    }
  } finally {
    closeSync(handle)
  }
}

function* lines(handle: number): Generator<string, void, undefined> {
  const chunk = Buffer.alloc(CHUNK_BYTES)
  let begun: Buffer[] = []
  for (let count = readSync(handle, chunk); count > 0; count = readSync(handle, chunk)) {
    const end = chunk.lastIndexOf(0x0a, count - 1)
    if (end < 0 || end >= count) {
      begun.push(Buffer.from(chunk.subarray(0, count)))
      continue
    }
    const whole = Buffer.concat([...begun, chunk.subarray(0, end)])
    begun = [Buffer.from(chunk.subarray(end + 1, count))]
    yield* whole.toString('utf8').split('\n')
  }
}

/** The values of one key after the other. What is left of a key's values when the next is asked for is passed over. */
export function* groupPairs(
  pairs: Iterator<PairText>,
): Generator<readonly [key: string, values: Iterable<string>], void, undefined> {
  let next = pairs.next()
  while (next.done !== true) {
    const [key] = next.value
    const values = (function* (): Generator<string, void, undefined> {
      while (next.done !== true && next.value[0] === key) {
        const [, value] = next.value
        next = pairs.next()
        yield value
      }
    })()
    yield [key, values]
    while (next.done !== true && next.value[0] === key) next = pairs.next()
  }
}
