// Records of CSV. First the delimiters and line ends that stand outside of quotes are found, 64 bytes at a time; then the fields that
// are wanted are where the columns say.
import { CARRIAGE_RETURN, LINE_FEED, QUOTE } from './bytes'
import { COLUMNS_MAX, ends, marks, NAMES_MAX, WINDOW_BYTES } from './memory'
import { setText } from './record'

/** Each that is wanted: its column, u32, and its name, u32. */
const wanted: usize = memory.data(NAMES_MAX * 8, 16)
let wantedCount: u32 = 0
/** How many fields a record has; 0 when any number will do. */
let columnCount: u32 = 0
let delimiter: v128 = i8x16.splat(44)

export function setDelimiter(byte: u32): void {
  delimiter = i8x16.splat(byte as i8)
}

export function startColumns(count: u32): void {
  columnCount = count
  wantedCount = 0
}

export function addColumn(column: u32, name: u32): void {
  const at = wanted + ((wantedCount++ as usize) << 3)
  store<u32>(at, column)
  store<u32>(at, name, 4)
}

let markCount: u32 = 0
/** Records whose ends are known. */
export let endCount: u32 = 0
/** Where bytes come that are not indexed yet. */
let next: usize = 0
/** Whether any of what is indexed has a line end in quotes. */
export let hasInnerEnd: bool = false
/** Where quotes are not as they may be, or are open at the end; all before that is certain. */
export let faultAt: usize = 0
/** All ones while a quote is open. */
let inside: u64 = 0
/** 1 when the byte before may come before a quote that opens. */
let mayOpen: u64 = 1
/** 1 when the byte before is a quote that closes. */
let isClosed: u64 = 0

/** Begins anew where a record begins. */
export function startIndex(at: usize): void {
  markCount = 0
  endCount = 0
  next = at
  faultAt = usize.MAX_VALUE
  hasInnerEnd = false
  inside = 0
  mayOpen = 1
  isClosed = 0
}

/** Whether the record that is open has more fields than any may have. */
export function isTooWide(): bool {
  return endCount === 0 && markCount > COLUMNS_MAX
}

/** Finds marks in so many bytes, at most a window, or in a few more. @param end Where there is a line end behind all of the text. */
export function index(bytes: usize, end: usize): void {
  const limit = next + min(bytes, WINDOW_BYTES)
  const to = min(limit, end + 1)
  while (next < to && faultAt === usize.MAX_VALUE) indexNext(end)
}

function bitsOf(a: v128, b: v128, c: v128, d: v128): u64 {
  return (
    (i8x16.bitmask(a) as u64) |
    ((i8x16.bitmask(b) as u64) << 16) |
    ((i8x16.bitmask(c) as u64) << 32) |
    ((i8x16.bitmask(d) as u64) << 48)
  )
}

function indexNext(end: usize): void {
  const a = v128.load(next)
  const b = v128.load(next, 16)
  const c = v128.load(next, 32)
  const d = v128.load(next, 48)
  const quote = i8x16.splat(QUOTE as i8)
  const quotes = bitsOf(i8x16.eq(a, quote), i8x16.eq(b, quote), i8x16.eq(c, quote), i8x16.eq(d, quote))
  const feed = i8x16.splat(LINE_FEED as i8)
  let feeds = bitsOf(i8x16.eq(a, feed), i8x16.eq(b, feed), i8x16.eq(c, feed), i8x16.eq(d, feed))
  const limit = delimiter
  let found = bitsOf(i8x16.eq(a, limit), i8x16.eq(b, limit), i8x16.eq(c, limit), i8x16.eq(d, limit)) | feeds

  // For each byte whether quotes up to it, it too, are odd in number.
  let quoted = quotes ^ (quotes << 1)
  quoted ^= quoted << 2
  quoted ^= quoted << 4
  quoted ^= quoted << 8
  quoted ^= quoted << 16
  quoted ^= quoted << 32
  quoted ^= inside
  const opens = quotes & quoted
  const closes = quotes & ~quoted
  found &= ~quoted
  let faults: u64 = 0
  const inner = feeds & quoted
  if (inner !== 0) {
    hasInnerEnd = true
    if (end - next < 64) faults = inner & ((1 as u64) << ((end - next) as u64))
  }
  faults |= opens & ~(((found | closes) << 1) | mayOpen)
  faults |= ((closes << 1) | isClosed) & ~(found | opens)
  if (faults !== 0) {
    faults = withoutReturns(faults)
    if (faults !== 0) {
      const at = ctz(faults)
      faultAt = next + (at as usize)
      const before = ((1 as u64) << at) - 1
      found &= before
      feeds &= before
    }
  }
  inside = ((quoted as i64) >> 63) as u64
  mayOpen = (found | closes) >> 63
  isClosed = closes >> 63
  feeds &= ~quoted

  for (let left = feeds; left !== 0; left &= left - 1) {
    const before = popcnt(found & ((left & -left) - 1))
    store<u32>(ends + ((endCount++ as usize) << 2), markCount + (before as u32))
  }
  let to = marks + ((markCount as usize) << 2)
  markCount += popcnt(found) as u32
  while (found !== 0) {
    store<u32>(to, (next + (ctz(found) as usize)) as u32)
    found &= found - 1
    to += 4
  }
  next += 64
}

/** A carriage return before a line's end may follow a quote that closes. */
function withoutReturns(faults: u64): u64 {
  let kept = faults
  for (let left = faults; left !== 0; left &= left - 1) {
    const at = next + (ctz(left) as usize)
    if ((load<u8>(at) as u32) !== CARRIAGE_RETURN || (load<u8>(at, 1) as u32) !== LINE_FEED) continue
    const before = at === next ? isClosed !== 0 : (load<u8>(at - 1) as u32) === QUOTE
    if (before) kept ^= left & -left
  }
  return kept
}

/** The mark with which the record ends whose place among those that end is given. */
export function endOf(record: u32): u32 {
  return load<u32>(ends + ((record as usize) << 2))
}

export function markAt(mark: u32): usize {
  return load<u32>(marks + ((mark as usize) << 2)) as usize
}

/**
 * Says where the fields of a record are.
 *
 * @param firstMark That of its first field's end. @param end Where its last field ends. @returns False when it has too few, or too many.
 */
export function readFields(start: usize, firstMark: u32, lastMark: u32, end: usize): bool {
  const last = lastMark - firstMark
  if (columnCount !== 0 ? last + 1 !== columnCount : last >= COLUMNS_MAX) return false
  for (let at: u32 = 0; at < wantedCount; at++) {
    const place = wanted + ((at as usize) << 3)
    const column = load<u32>(place)
    if (column > last) continue
    const from = column === 0 ? start : markAt(firstMark + column - 1) + 1
    setText(load<u32>(place, 4), from, column === last ? end : markAt(firstMark + column))
  }
  return true
}
