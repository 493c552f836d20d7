// Groups the records of a block of text by the text of their fields; text-scanner.ts says how it is used.
import { BRACE, CARRIAGE_RETURN, lineFeedFrom } from './bytes'
import { endCount, endOf, faultAt, hasInnerEnd, index, isTooWide, markAt, readFields, startIndex } from './csv'
import { ADDED, addRecord, addWaiting, linesAdded, ODD, refused, rowsAdded, startRows } from './groups'
import { isBlank, readJson, startShapes } from './json'
import { block, checkAreas, endBlock, groupsStart, LINE_BYTES_MAX, reach, WINDOW_BYTES } from './memory'
import { FIELDS, OBJECT, PLAIN, setNameCount, setText, WHOLE } from './record'

export { addColumn, setDelimiter, startColumns } from './csv'
export { firstText, SIZE, TEXT } from './dictionary'
export { clear, fetched, firstGroup, groupCount, nextGroup } from './groups'
export { addKey } from './json'
export { BLOCK_BYTES_MAX, block, INPUT_BYTES, input, powers } from './memory'
export { addField, addScan, addValue, COUNT, KIND, NUMBERS, ownTextOffset, sumsOffset } from './scans'
export { nextOf, setBytesMax } from './tables'

// Formats; JSON is none of these.
const CSV: u32 = 1
const DYNAMIC: u32 = 2
const LINES: u32 = 3
let format: u32 = 0

// Why it stopped: as records do, or at the end.
const END: u32 = ADDED

export let stopped: u32 = END
export let lines: u32 = 0
export let rows: u32 = 0

/** @returns False when there is no memory. */
export function start(as: u32, names: u32): bool {
  checkAreas()
  format = as
  if (!reach(groupsStart)) return false
  setNameCount(names)
  startShapes()
  return true
}

/** Scans a part of the block. @returns Where it stopped. */
export function scan(from: u32, length: u32): u32 {
  const end = endBlock(length)
  stopped = END
  lines = 0
  isRefused = false
  startRows()
  let at = block + (from as usize)
  if (format === DYNAMIC) at = scanDynamic(at, end)
  else if (format === LINES) at = scanLines(at, end)
  else at = format === CSV ? scanCsv(at, end, false) : scanJson(at, end, false)
  if (!isRefused) noteRefused(addWaiting())
  rows = rowsAdded
  if (isRefused) {
    at = refused
    lines = linesAdded
  }
  return (min(at, end) - block) as u32
}

/** A record that waited, or the one that was read last, was not added. */
let isRefused: bool = false

function noteRefused(why: u32): void {
  if (why === ADDED) return
  stopped = why
  isRefused = true
}

/** @returns Where a line begins that is not JSON. */
function scanDynamic(from: usize, end: usize): usize {
  let at = from
  while (at < end && stopped === END) {
    at = (load<u8>(at) as u32) === BRACE ? scanJson(at, end, true) : scanCsv(at, end, true)
  }
  return at
}

/** Counts a record. @returns False when it is not counted, or one before it cannot be. */
function count(kind: u32, start: usize, next: usize): bool {
  if (next - start > LINE_BYTES_MAX) {
    stopped = ODD
    return false
  }
  noteRefused(addRecord(kind, start, lines))
  lines++
  return !isRefused
}

function scanJson(from: usize, end: usize, isMixed: bool): usize {
  let at = from
  while (at < end) {
    if (isMixed && (load<u8>(at) as u32) !== BRACE) return at
    const next = readJson(at)
    if (next === 0) {
      stopped = ODD
      return at
    }
    if (isBlank) lines++
    else {
      setText(WHOLE, at, next - 1)
      if (!count(OBJECT, at, next)) return at
    }
    at = next
  }
  return at
}

function withoutReturn(start: usize, end: usize): usize {
  return end > start && (load<u8>(end - 1) as u32) === CARRIAGE_RETURN ? end - 1 : end
}

/** Bytes that are indexed first, since all of it was in vain when the record is not taken. */
const FIRST_BYTES: usize = 512

function scanCsv(from: usize, end: usize, isMixed: bool): usize {
  let at = from
  let window = FIRST_BYTES
  while (at < end) {
    if (isMixed && (load<u8>(at) as u32) === BRACE) return at
    startIndex(at)
    index(window, end)
    while (endCount === 0 && faultAt === usize.MAX_VALUE && !isTooWide()) index(WINDOW_BYTES, end)
    if (endCount === 0) {
      stopped = ODD
      return at
    }
    let mark: u32 = 0
    for (let record: u32 = 0; record < endCount && at < end; record++) {
      if (isMixed && (load<u8>(at) as u32) === BRACE) return at
      const last = endOf(record)
      const lineFeed = markAt(last)
      const textEnd = withoutReturn(at, lineFeed)
      if (textEnd === at) lines++
      else {
        setText(WHOLE, at, textEnd)
        if (!readFields(at, mark, last, textEnd)) {
          stopped = ODD
          return at
        }
        if (!count(FIELDS, at, lineFeed + 1)) return at
        if (hasInnerEnd) lines += linesBefore(at, lineFeed)
      }
      mark = last + 1
      at = lineFeed + 1
    }
    window = min(window * 2, WINDOW_BYTES)
  }
  return at
}

function linesBefore(from: usize, lineFeed: usize): u32 {
  let count: u32 = 0
  for (let at = lineFeedFrom(from); at < lineFeed; at = lineFeedFrom(at + 1)) count++
  return count
}

function scanLines(from: usize, end: usize): usize {
  let at = from
  while (at < end) {
    const lineFeed = lineFeedFrom(at)
    const textEnd = withoutReturn(at, lineFeed)
    if (textEnd === at) lines++
    else {
      setText(WHOLE, at, textEnd)
      readFields(at, 0, 0, textEnd)
      if (!count(PLAIN, at, lineFeed + 1)) return at
    }
    at = lineFeed + 1
  }
  return at
}
