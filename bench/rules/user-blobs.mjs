import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  statfsSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { NotHere } from '../benchmark.mjs'
import { HOB, runNode } from '../programs.mjs'
import { CACHE, randomNumbers } from './data.mjs'

export const USER_COUNT = 200_000

/** What is added up of all lines. */
export const TOTALS = ['count', 'seconds', 'credits']

/** Users whose lines are in one blob: those of half an hour. All of them come by in a day. */
const ACTIVE_COUNT = 5_000

const TAG = 'incoming:server01:chunk:user'
const TASKS = 20

/** Kinds of tasks that one user has. */
const TASKS_EACH = 3

const COUNTRIES = 40
const SECONDS_BELOW = 3_600
const CREDITS_BELOW = 100
const BLOBS_A_DAY = 40
const FIRST_DAY_MS = Date.UTC(2026, 8, 1)
const DAY_MS = 86_400_000

/** A line has 94 at most, and a file stands beside its blob for a moment. */
const LINE_BYTES = 100

/** Files that stand before they become blobs. */
const FILES = 40

const FLUSH_BYTES = 1 << 20

/** Raise it when what is made changes. */
const VERSION = 3

/**
 * A kitchen and a store with blobs of JSON lines, made once by `hob blob push`. A blob has the users of half an hour, some of whom have
 * far more lines than others, each with a few kinds of tasks. Tells what all lines add up to.
 */
export function userBlobs({ count, blobs }) {
  const folder = join(CACHE, `${VERSION}-${count}-user-blobs`)
  const done = join(folder, 'totals.json')
  const place = { kitchen: `sqlite:${join(folder, 'hob.db')}`, store: `file:${join(folder, 'blobs')}` }
  if (!existsSync(done)) {
    rmSync(folder, { recursive: true, force: true })
    mkdirSync(folder, { recursive: true })
    needRoom(folder, count * LINE_BYTES)
    console.log(`  Making ${count} lines in ${blobs} blobs in ${folder} …`)
    writeFileSync(done, JSON.stringify(makeBlobs({ folder, place, count, blobs })))
  }
  return { ...place, totals: JSON.parse(readFileSync(done, 'utf8')) }
}

function needRoom(folder, bytes) {
  const { bavail, bsize } = statfsSync(folder)
  if (bavail * bsize < bytes) throw new NotHere(`It needs ${Math.ceil(bytes / 1e9)} GB in ${folder}`)
}

function makeBlobs({ folder, place: { kitchen, store }, count, blobs }) {
  const writer = lineWriter(count)
  for (let from = 0; from < blobs; from += FILES) {
    const files = Array.from({ length: Math.min(FILES, blobs - from) }, (_, at) => {
      const file = join(folder, `user-${String(from + at).padStart(4, '0')}.jsonl`)
      const cut = (blob) => Math.floor((count * blob) / blobs)
      writer.write(file, { blob: from + at, lines: cut(from + at + 1) - cut(from + at) })
      return file
    })
    runNode([HOB, 'blob', 'push', '-k', kitchen, '--store', store, TAG, ...files])
    for (const file of files) rmSync(file)
  }
  return writer.totals
}

/** Bytes are copied together from pieces that are made once, since this has to make hundreds of millions of lines. */
function lineWriter(seed) {
  const random = randomNumbers(seed)
  const texts = (length, textOf) => Array.from({ length }, (_, number) => Buffer.from(textOf(number)))
  const countryOf = (number) => String.fromCharCode(65 + (number % 8), 65 + ((number >> 3) % (COUNTRIES / 8)))
  const users = texts(USER_COUNT, (number) => `"user":"u${100_000 + number}","country":"${countryOf(number)}",`)
  const tasks = texts(TASKS, (number) => `"task":"t${number}","seconds":`)
  const seconds = texts(SECONDS_BELOW, (number) => `${number},"credits":`)
  const credits = texts(CREDITS_BELOW, (number) => `${number}}\n`)
  const totals = Object.fromEntries(TOTALS.map((total) => [total, 0]))
  const bytes = Buffer.allocUnsafe(FLUSH_BYTES + LINE_BYTES)
  let at = 0
  const put = (piece) => {
    bytes.set(piece, at)
    at += piece.length
  }
  const write = (file, { blob, lines }) => {
    const day = Math.floor(blob / BLOBS_A_DAY)
    const first = blob * ACTIVE_COUNT
    const start = Buffer.from(`{"day":"${new Date(FIRST_DAY_MS + day * DAY_MS).toISOString().slice(0, 10)}",`)
    const handle = openSync(file, 'w')
    for (let line = 0; line < lines; line++) {
      const second = random(SECONDS_BELOW)
      const credit = random(CREDITS_BELOW)
      put(start)
      const user = (first + random(random(ACTIVE_COUNT) + 1)) % USER_COUNT
      put(users[user])
      put(tasks[(user + random(TASKS_EACH)) % TASKS])
      put(seconds[second])
      put(credits[credit])
      totals.seconds += second
      totals.credits += credit
      if (at < FLUSH_BYTES && line < lines - 1) continue
      writeSync(handle, bytes, 0, at)
      at = 0
    }
    closeSync(handle)
    totals.count += lines
  }
  return { write, totals }
}
