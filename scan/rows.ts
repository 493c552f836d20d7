// Lines of JSON whose values are texts that came before: most of what a rule reads is the same few thousand texts again and again, and to make
// a record of these takes a fifth of the time of parsing it. row-scan.ts says how it is used.
import { BRACE, BRACKET, hashOf, isKept, keep, keptBytes } from './bytes'
import { isBlank, members, readJson, startShapes } from './json'
import { block, checkAreas, endBlock, groupsStart, reach } from './memory'
import { setNameCount, setText, startRecords, textSize, textStart, textsOf, UNWANTED } from './record'

export { addKey, clearKeys } from './json'
export { block, INPUT_BYTES, input } from './memory'

/** Bytes that may be read at a time. */
export const ROOM: u32 = 1024 * 1024

/** What stands for a line that holds nothing; no record has so many names. */
export const BLANK: u32 = 0x80000000

/** A longer text is not kept, as it will hardly come again. */
const TEXT_MAX: u32 = 64
/** Texts that are kept, and slots of their table. */
export const TEXTS_MAX: u32 = 64 * 1024
const SLOTS: u32 = 2 * TEXTS_MAX

/** Of each slot: the upper half of a hash, u32, and where the text is, u32; 0 when there is none. */
const table: usize = groupsStart
const TABLE_BYTES: usize = (SLOTS as usize) * 8

// A kept text: its length, u32; its number, u32; 8 bytes of nothing; and the text with zeros up to 16 bytes.
const LENGTH: usize = 0
const NUMBER: usize = 4
const TEXT: usize = 16
const kept: usize = table + TABLE_BYTES
const KEPT_BYTES: usize = (TEXTS_MAX as usize) * (TEXT + (TEXT_MAX as usize))
let keptEnd: usize = kept

/** For each new text, where it begins in memory, u32, and its length, u32. */
export const added: usize = kept + KEPT_BYTES
const ADDED_MAX: u32 = 16 * 1024
export let addedCount: u32 = 0

/** For each line what it has, u32, a bit for each name or `BLANK`; where it ends in the block, u32; and, of each name that it has, the number of the text, u32. */
export const rows: usize = added + (ADDED_MAX as usize) * 8
const ROWS_BYTES: usize = 1024 * 1024
/** Behind them. */
export let rowsEnd: usize = rows
const rowsLast: usize = rows + ROWS_BYTES - 4 * 40

/** Texts that are kept. */
export let textCount: u32 = 0

// Why it stopped.
const END: u32 = 0
/** Before a line that must be read by others. */
const ODD: u32 = 1
/** There is no room for what it found: it goes on when that was taken. */
const FULL: u32 = 2
export let stopped: u32 = END

let names: u32 = 0

/** @returns False when there is no memory. */
export function start(): bool {
  checkAreas()
  return reach(rowsLast + 4 * 40)
}

/** Says how many names were added; forgets what is known of others. */
export function setNames(count: u32): void {
  names = count
  setNameCount(count)
  startShapes()
}

/** Forgets all texts. */
export function forget(): void {
  memory.fill(table, 0, TABLE_BYTES)
  keptEnd = kept
  textCount = 0
}

/** Reads a part of the block. @returns Where it stopped: the start of a line, or its end. */
export function read(from: u32, length: u32): u32 {
  const end = endBlock(length)
  rowsEnd = rows
  addedCount = 0
  let at = block + (from as usize)
  stopped = END
  while (at < end) {
    if (rowsEnd > rowsLast || addedCount > ADDED_MAX - 32) {
      stopped = FULL
      break
    }
    const next = readRow(at)
    if (next === 0) {
      stopped = ODD
      break
    }
    at = next
  }
  return (min(at, end) - block) as u32
}

/** @returns Where the next line begins; 0 when this one must be read by others. */
function readRow(line: usize): usize {
  startRecords()
  setText(UNWANTED, 0, <usize>-1)
  const next = readJson(line)
  if (next === 0 || textSize(textsOf(UNWANTED), 0) !== 0) return 0
  let has: u32 = 0
  let to = rowsEnd + 8
  if (isBlank) has = BLANK
  else {
    let before: usize = 0
    for (let name: u32 = 0; name < names; name++) {
      const list = textsOf(name)
      const size = textSize(list, 0)
      if (size === 0) continue
      const text = textStart(list, 0)
      // In another order it would be another record, for who asks for its names.
      if (text < before) return 0
      before = text
      const number = numberOf(text, size - 1)
      if (number === NONE) return 0
      store<u32>(to, number)
      to += 4
      has |= 1 << name
    }
    // Of two that have the same name the first has the place, and the last the value.
    if ((popcnt(has) as u32) !== members) return 0
  }
  store<u32>(rowsEnd, has)
  store<u32>(rowsEnd, (next - block) as u32, 4)
  rowsEnd = to
  return next
}

const NONE: u32 = 0xffffffff

/** The number of a text, which is kept when it is new; `NONE` when it is not one to be kept, or there is no room. */
function numberOf(text: usize, length: u32): u32 {
  if (length > TEXT_MAX) return NONE
  const hash = hashOf(text, length)
  const tag = (hash >> 32) as u32
  let slot: usize
  for (let at = (hash as u32) & (SLOTS - 1); ; at = (at + 1) & (SLOTS - 1)) {
    slot = table + ((at as usize) << 3)
    const found = load<u32>(slot, 4) as usize
    if (found === 0) break
    if (load<u32>(slot) === tag && load<u32>(found, LENGTH) === length && isKept(found + TEXT, text, length)) {
      return load<u32>(found, NUMBER)
    }
  }
  const first = load<u8>(text) as u32
  // Objects and lists are each record's own.
  if (first === BRACE || first === BRACKET || textCount === TEXTS_MAX) return NONE
  const found = keptEnd
  keptEnd += TEXT + (keptBytes(length) as usize)
  store<u32>(found, length, LENGTH)
  store<u32>(found, textCount, NUMBER)
  keep(found + TEXT, text, length)
  store<u32>(slot, tag)
  store<u32>(slot, found as u32, 4)
  const place = added + ((addedCount++ as usize) << 3)
  store<u32>(place, text as u32)
  store<u32>(place, length, 4)
  return textCount++
}
