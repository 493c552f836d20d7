// Looks through CSV for a line that ends within quotes; balanced-lines.ts says how it is used.

const QUOTE: u32 = 0x22
const LINE_FEED: u32 = 0x0a
const SPACE: u32 = 0x20

/** Bytes that are looked through at a time. */
export const ROOM: u32 = 256 * 1024
const WORD: u32 = 64

/** Where the caller writes them. */
export const room: usize = memory.data(ROOM + WORD)

/** All bits are set when what comes is within quotes. */
let within: u64 = 0

/** What comes is the start of a line. */
export function start(): void {
  within = 0
}

function isAt(at: usize, byte: u32): u64 {
  const all = i8x16.splat(byte as i8)
  const a = i8x16.bitmask(i8x16.eq(v128.load(at), all)) as u64
  const b = i8x16.bitmask(i8x16.eq(v128.load(at, 16), all)) as u64
  const c = i8x16.bitmask(i8x16.eq(v128.load(at, 32), all)) as u64
  const d = i8x16.bitmask(i8x16.eq(v128.load(at, 48), all)) as u64
  return a | (b << 16) | (c << 32) | (d << 48)
}

/** Whether no line of so many bytes ends within quotes. */
export function balances(length: u32): bool {
  const end = room + (length as usize)
  memory.fill(end, SPACE as u8, WORD)
  for (let at = room; at < end; at += WORD) {
    // Each bit becomes the parity of those below it and its own.
    let quoted = isAt(at, QUOTE)
    quoted ^= quoted << 1
    quoted ^= quoted << 2
    quoted ^= quoted << 4
    quoted ^= quoted << 8
    quoted ^= quoted << 16
    quoted ^= quoted << 32
    quoted ^= within
    if ((quoted & isAt(at, LINE_FEED)) !== 0) return false
    within = ((quoted as i64) >> 63) as u64
  }
  return true
}

/** Whether what comes is within quotes. */
export function isWithin(): bool {
  return within !== 0
}
