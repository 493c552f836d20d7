import { closeSync, existsSync, mkdirSync, openSync, renameSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Where data stays from one run to the next: to make it takes half a minute. */
export const CACHE = join(tmpdir(), 'hob-bench-rules')

/** Lines that are written at once. */
const BATCH = 20_000

/** Raise it when what is made changes. */
const VERSION = 1

/** A file of so many lines, made once; `lineOf` gets random numbers of its own, so that it is the same each time. */
export function dataFile({ name, count, header = '', lineOf }) {
  const file = join(CACHE, `${VERSION}-${count}-${name}`)
  if (existsSync(file)) return file
  console.log(`  Making ${file} …`)
  mkdirSync(CACHE, { recursive: true })
  const random = randomNumbers(count)
  const making = `${file}.${process.pid}`
  const handle = openSync(making, 'w')
  writeSync(handle, header)
  for (let from = 0; from < count; from += BATCH) {
    const size = Math.min(BATCH, count - from)
    writeSync(handle, Array.from({ length: size }, (_, index) => `${lineOf(random, from + index)}\n`).join(''))
  }
  closeSync(handle)
  renameSync(making, file)
  return file
}

/** Numbers from 0 to before `below`, the same ones for the same seed (xorshift). */
export function randomNumbers(seed) {
  let state = seed + 0x9e3779b9
  return (below) => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) % below
  }
}

/** One of a list, those in front far more often, as names and places come. */
export const oneOf = (list, random) => list[random(random(list.length) + 1)]

const SYLLABLES = 'ba ce di fo gu ha je ki lo mu na pe qui ro su ta ve wi xo zy ström ño berg stein'.split(' ')

/** So many different words of two to four syllables. */
export function words(count) {
  const random = randomNumbers(count)
  const made = new Set()
  while (made.size < count) {
    const word = Array.from({ length: 2 + random(3) }, () => SYLLABLES[random(SYLLABLES.length)]).join('')
    made.add(word[0].toUpperCase() + word.slice(1))
  }
  return [...made]
}
