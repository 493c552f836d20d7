// Records of lines of JSON. What stands between two values of a line mostly stands between those of the line before as well: such a shape,
// as `,"last":`, is taken as a whole where it comes again.
import {
  BACKSLASH,
  BRACE,
  BRACE_END,
  BRACKET,
  BRACKET_END,
  CARRIAGE_RETURN,
  COLON,
  COMMA,
  firstBytes,
  hashOf,
  isDigit,
  LINE_FEED,
  MINUS,
  notDigits,
  PLUS,
  POINT,
  QUOTE,
  SPACE,
  TAB,
  ZERO,
} from './bytes'
import { input, NAMES_MAX, shapes } from './memory'
import { setText, UNWANTED } from './record'

// A shape.
const LENGTH: usize = 0
/** The name of the value that follows; or `ENDS`. */
const NAME: usize = 4
/** The shapes that came behind it last. */
const NEXT: usize = 8
const OTHER: usize = 12
/** 16 bytes of ones where the first 16 bytes have text. */
const MASK: usize = 16
const TEXT: usize = 32
const TEXT_MAX: u32 = 96
const SHAPE_BYTES: usize = 128

const ENDS: u32 = 255

const ones: usize = memory.data<u8>([255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255, 255])

/** Stands for none: no text has bytes of ones. */
const never: usize = shapes
/** What comes before the first value of a line. */
const start: usize = shapes + SHAPE_BYTES
/** The shape of what is too long for one. */
const long: usize = shapes + 2 * SHAPE_BYTES
/** Shapes that may stand at the start of a line, then those that may stand behind a value: at places by their hashes. */
const firsts: usize = shapes + 4 * SHAPE_BYTES
const FIRSTS: u32 = 32
const follows: usize = firsts + (FIRSTS as usize) * SHAPE_BYTES
const FOLLOWS: u32 = 256

/** The names that are looked for: where each is, and its length. */
const names: usize = memory.data(NAMES_MAX * 8, 16)
let nameCount: u32 = 0
let inputUsed: usize = 0

/** Whether the last line was one of blanks. */
export let isBlank: bool = false
/** Members of the last record, of which some may have the same name. */
export let members: u32 = 0

export function startShapes(): void {
  const last = follows + (FOLLOWS as usize) * SHAPE_BYTES
  for (let at = shapes; at < last; at += SHAPE_BYTES) {
    store<u32>(at, 16, LENGTH)
    store<u32>(at, never as u32, NEXT)
    store<u32>(at, never as u32, OTHER)
    v128.store(at, i8x16.splat(-1), MASK)
    v128.store(at, i8x16.splat(-1), TEXT)
  }
}

/** Adds a name, which stands in `input` behind those before. @param length 0 and up; null names, which no key is, are not added. */
export function addKey(name: u32, length: u32): void {
  const at = names + ((nameCount++ as usize) << 3)
  store<u32>(at, (input + inputUsed) as u32)
  store<u32>(at, (length << 8) | name, 4)
  inputUsed += length as usize
}

/** Forgets all names. */
export function clearKeys(): void {
  nameCount = 0
  inputUsed = 0
}

/** The name that a key is; `UNWANTED` when nobody looks for it. */
function nameOf(key: usize, length: u32): u32 {
  for (let at: u32 = 0; at < nameCount; at++) {
    const place = names + ((at as usize) << 3)
    const known = load<u32>(place, 4)
    if (known >> 8 === length && memory.compare(key, load<u32>(place) as usize, length as usize) === 0)
      return known & 255
  }
  return UNWANTED
}

/** Reads the record of a line. @returns Where the next line begins; 0 when it is not certain what this is. */
export function readJson(line: usize): usize {
  isBlank = false
  members = 0
  let at = line
  let shape = start
  while (true) {
    let next = load<u32>(shape, NEXT) as usize
    if (!fits(next, at)) {
      next = otherShape(shape, at)
      if (next === 0) return isBlank ? lineEnd : 0
    }
    at += load<u32>(next, LENGTH) as usize
    const name = load<u32>(next, NAME)
    if (name === ENDS) return at
    shape = next
    let end: usize
    let first = load<u8>(at) as u32
    if (first <= SPACE) {
      // More blanks than the shape has.
      at = skipBlanks(at)
      first = load<u8>(at) as u32
    }
    if (first === QUOTE) {
      const found = notPlain(v128.load(at, 1))
      end = at + 1 + (ctz(found) as usize)
      if (found === 0 || (load<u8>(end) as u32) !== QUOTE) end = stringEnd(found === 0 ? at + 17 : end)
      else end++
    } else end = valueEnd(at, first)
    if (end === 0) return 0
    setText(name, at, end)
    members++
    at = end
  }
}

/** Whether a shape stands at a place. */
function fits(shape: usize, at: usize): bool {
  if (v128.any_true(v128.and(v128.xor(v128.load(at), v128.load(shape, TEXT)), v128.load(shape, MASK)))) return false
  const length = load<u32>(shape, LENGTH)
  return length <= 16 || fitsFurther(shape, at, length)
}

function fitsFurther(shape: usize, at: usize, length: u32): bool {
  for (let done: u32 = 16; done < length; done += 16) {
    const text = firstBytes(at + (done as usize), min(length - done, 16))
    if (v128.any_true(v128.xor(text, v128.load(shape + TEXT + (done as usize))))) return false
  }
  return true
}

/** Behind a line of blanks. */
let lineEnd: usize = 0

function skipBlanks(from: usize): usize {
  let at = from
  while (true) {
    const byte = load<u8>(at) as u32
    if (byte !== SPACE && byte !== TAB && byte !== CARRIAGE_RETURN) return at
    at++
  }
}

/** The shape that stands at a place, when it is not the one that was expected; 0 when it is none, or the line is blank. */
function otherShape(before: usize, from: usize): usize {
  const other = load<u32>(before, OTHER) as usize
  if (fits(other, from)) return other
  const isFirst = before === start
  let name = UNWANTED
  let at = skipBlanks(from)
  let byte = load<u8>(at) as u32
  let mayEnd = true
  if (isFirst) {
    if (byte === LINE_FEED) {
      isBlank = true
      lineEnd = at + 1
      return 0
    }
    if (byte !== BRACE) return 0
    at = skipBlanks(at + 1)
    byte = load<u8>(at) as u32
  } else if (byte === COMMA) {
    at = skipBlanks(at + 1)
    byte = load<u8>(at) as u32
    mayEnd = false
  }
  if (byte === BRACE_END) {
    if (!mayEnd) return 0
    at = skipBlanks(at + 1)
    if ((load<u8>(at) as u32) !== LINE_FEED) return 0
    at++
    name = ENDS
  } else {
    if (byte !== QUOTE || (!isFirst && mayEnd)) return 0
    const key = at + 1
    const keyEnd = plainStringEnd(key)
    if (keyEnd === 0) return 0
    const length = (keyEnd - key) as u32
    if (isProto(key, length)) return 0
    name = nameOf(key, length)
    at = skipBlanks(keyEnd + 1)
    if ((load<u8>(at) as u32) !== COLON) return 0
    at = skipBlanks(at + 1)
  }
  const shape = shapeOf(from, (at - from) as u32, isFirst)
  store<u32>(shape, name, NAME)
  if (load<u32>(before, NEXT) !== (shape as u32)) {
    store<u32>(before, load<u32>(before, NEXT), OTHER)
    store<u32>(before, shape as u32, NEXT)
  }
  return shape
}

/** The shape of a text, made when it is new. What stood in its place is gone: then those that led to it lead to this one, which is as good. */
function shapeOf(from: usize, length: u32, isFirst: bool): usize {
  if (length > TEXT_MAX) {
    // Nothing fits it, so that what follows it is all that is known of it.
    store<u32>(long, length, LENGTH)
    return long
  }
  const hash = (hashOf(from, length) >> 8) as u32
  const shape = isFirst
    ? firsts + ((hash & (FIRSTS - 1)) as usize) * SHAPE_BYTES
    : follows + ((hash & (FOLLOWS - 1)) as usize) * SHAPE_BYTES
  if (load<u32>(shape, LENGTH) === length && fits(shape, from)) return shape
  store<u32>(shape, length, LENGTH)
  store<u32>(shape, never as u32, NEXT)
  store<u32>(shape, never as u32, OTHER)
  v128.store(shape, firstBytes(ones, min(length, 16)), MASK)
  for (let done: u32 = 0; done < length; done += 16) {
    v128.store(shape + TEXT + (done as usize), firstBytes(from + (done as usize), min(length - done, 16)))
  }
  return shape
}

/** Whether a key is `__proto__`, which is no member as others are. */
function isProto(key: usize, length: u32): bool {
  return length === 9 && load<u64>(key) === PROTO && load<u8>(key, 8) === 0x5f
}

/** `__proto_`, as it is in memory. */
const PROTO: u64 = ((0x5f6f746f as u64) << 32) | 0x72705f5f

/** A bit for each byte of a string that is more than a part of it: quote, backslash, or what must not be there. */
function notPlain(bytes: v128): i32 {
  return i8x16.bitmask(
    v128.or(
      i8x16.eq(bytes, i8x16.splat(QUOTE as i8)),
      v128.or(i8x16.eq(bytes, i8x16.splat(BACKSLASH as i8)), i8x16.lt_u(bytes, i8x16.splat(SPACE as i8))),
    ),
  )
}

/** Where the string ends that has no escapes: at its quote; 0 when it has any, or does not end. */
function plainStringEnd(from: usize): usize {
  let at = from
  while (true) {
    const found = notPlain(v128.load(at))
    if (found !== 0) {
      at += ctz(found) as usize
      return (load<u8>(at) as u32) === QUOTE ? at : 0
    }
    at += 16
  }
}

/** Behind the quote that ends a string; 0 when it has what JSON has not. @param from Anywhere in it, but not within an escape. */
function stringEnd(from: usize): usize {
  let at = from
  while (true) {
    const found = notPlain(v128.load(at))
    if (found === 0) {
      at += 16
      continue
    }
    at += ctz(found) as usize
    const byte = load<u8>(at) as u32
    if (byte === QUOTE) return at + 1
    if (byte !== BACKSLASH) return 0
    const size = escapeSize(at + 1)
    if (size === 0) return 0
    at += (size as usize) + 1
  }
}

/** How many bytes behind a backslash belong to it; 0 when it is no escape. */
function escapeSize(at: usize): u32 {
  const byte = load<u8>(at) as u32
  if (byte === 0x75) return isHex(at + 1) && isHex(at + 2) && isHex(at + 3) && isHex(at + 4) ? 5 : 0
  // b, f, n, r, t
  const isLetter = byte === 0x62 || byte === 0x66 || byte === 0x6e || byte === 0x72 || byte === 0x74
  return isLetter || byte === QUOTE || byte === BACKSLASH || byte === 0x2f ? 1 : 0
}

function isHex(at: usize): bool {
  const byte = load<u8>(at) as u32
  return isDigit(byte) || (byte | 0x20) - 0x61 < 6
}

const TRUE: u32 = 0x65757274
const FALS: u32 = 0x736c6166
const NULL: u32 = 0x6c6c756e

/** Behind a value that is no string; 0 when it is none. */
function valueEnd(at: usize, first: u32): usize {
  if (first - ZERO - 1 < 9) {
    const others = notDigits(load<u64>(at))
    const end = at + ((ctz(others) >> 3) as usize)
    const next = load<u8>(end) as u32
    if (others !== 0 && (next === COMMA || next === BRACE_END)) return end
  }
  if (first === BRACE || first === BRACKET) return nestedEnd(at)
  return plainEnd(at, first)
}

/** Behind a number, true, false or null; 0 when it is none of them. */
function plainEnd(from: usize, first: u32): usize {
  let at = from
  let byte = first
  if (byte === MINUS) byte = load<u8>(++at) as u32
  else if (!isDigit(byte)) {
    const word = load<u32>(at)
    if (word === TRUE || word === NULL) return at + 4
    return word === FALS && load<u8>(at, 4) === 0x65 ? at + 5 : 0
  }
  if (byte === ZERO) byte = load<u8>(++at) as u32
  else if (isDigit(byte)) {
    do byte = load<u8>(++at) as u32
    while (isDigit(byte))
  } else return 0
  if (byte === POINT) {
    byte = load<u8>(++at) as u32
    if (!isDigit(byte)) return 0
    do byte = load<u8>(++at) as u32
    while (isDigit(byte))
  }
  return (byte | 0x20) === 0x65 ? exponentEnd(at + 1) : at
}

function exponentEnd(from: usize): usize {
  let at = from
  let byte = load<u8>(at) as u32
  if (byte === PLUS || byte === MINUS) byte = load<u8>(++at) as u32
  if (!isDigit(byte)) return 0
  do byte = load<u8>(++at) as u32
  while (isDigit(byte))
  return at
}

const DEPTH_MAX: u32 = 60

/** Behind an object or a list; 0 when it is none, or is nested deeper than `DEPTH_MAX`. */
function nestedEnd(from: usize): usize {
  let at = from
  /** A bit for each that is open, the innermost lowest: 1 for an object. */
  let open: u64 = 0
  let depth: u32 = 0
  while (true) {
    // A value begins here.
    let byte = load<u8>(at) as u32
    let isOpened = false
    if (byte === BRACE || byte === BRACKET) {
      if (depth === DEPTH_MAX) return 0
      depth++
      open = (open << 1) | (byte === BRACE ? 1 : 0)
      isOpened = true
      at++
    } else {
      at = byte === QUOTE ? stringEnd(at + 1) : plainEnd(at, byte)
      if (at === 0) return 0
    }
    // What follows it, or stands in what was opened.
    while (true) {
      at = skipBlanks(at)
      byte = load<u8>(at) as u32
      const isObject = (open & 1) !== 0
      if (byte === (isObject ? BRACE_END : BRACKET_END)) {
        at++
        isOpened = false
        open >>= 1
        if (--depth === 0) return at
        continue
      }
      if (!isOpened) {
        if (byte !== COMMA) return 0
        at = skipBlanks(at + 1)
        byte = load<u8>(at) as u32
      }
      if (isObject) {
        if (byte !== QUOTE) return 0
        at = stringEnd(at + 1)
        if (at === 0) return 0
        at = skipBlanks(at)
        if ((load<u8>(at) as u32) !== COLON) return 0
        at = skipBlanks(at + 1)
      }
      break
    }
  }
}
