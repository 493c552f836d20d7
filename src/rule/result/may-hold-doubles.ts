import { createReadStream } from 'node:fs'

/** What a list of doubles begins with in a spill. */
const LIST = 0x5b

/**
 * Whether spills may hold lists of doubles: a look at the bytes. To bring lists together costs DuckDB as much again as all the rest, even
 * when there is none (10 M groups: 11 s of processor instead of 7), and to ask it for them costs a second reading.
 */
export async function mayHoldDoubles(files: readonly string[]): Promise<boolean> {
  for (const file of files) {
    for await (const chunk of createReadStream(file, { highWaterMark: 1024 * 1024 })) {
      if ((chunk as Buffer).includes(LIST)) return true
    }
  }
  return false
}
