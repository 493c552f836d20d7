// What stands for the texts of the records that wait, of each name whose texts make groups.
import { firstBytes, hashOf, hashOfBytes, MIX_A } from './bytes'
import { NAMES_MAX } from './memory'
import { RECORDS_MAX, textsOf } from './record'

const RECORDS: usize = RECORDS_MAX as usize

/** These names, a byte each. */
const hashed: usize = memory.data(NAMES_MAX + 1)
let hashedCount: u32 = 0
/** For each name and record what stands for the text, u64, and the text's first 16 bytes. */
const hashes: usize = memory.data((NAMES_MAX + 1) * RECORDS_MAX * 8, 64)
const starts: usize = memory.data((NAMES_MAX + 1) * RECORDS_MAX * 16, 64)
/** Whether any of them has more than 16 bytes. */
export let hasLong: bool = false

export function addHashed(name: u32): void {
  for (let at: u32 = 0; at < hashedCount; at++) if ((load<u8>(hashed + (at as usize)) as u32) === name) return
  store<u8>(hashed + (hashedCount++ as usize), name as u8)
}

/** What stands for the texts of a name, 8 bytes for each record. */
export function hashesOf(name: u32): usize {
  return hashes + (name as usize) * (RECORDS * 8)
}

/** What the texts of a name begin with, 16 bytes for each record. */
export function startsOf(name: u32): usize {
  return starts + (name as usize) * (RECORDS * 16)
}

/** Reads the texts of the first records. */
export function readTexts(count: u32): void {
  hasLong = false
  for (let at: u32 = 0; at < hashedCount; at++) readTextsOf(load<u8>(hashed + (at as usize)) as u32, count)
}

function readTextsOf(name: u32, count: u32): void {
  let text = textsOf(name)
  let hashAt = hashesOf(name)
  let startAt = startsOf(name)
  const last = text + ((count as usize) << 3)
  while (text < last) {
    const size = load<u32>(text, 4)
    const start = load<u32>(text) as usize
    const bytes = firstBytes(start, min(size - 1, 16))
    if (size - 1 <= 16) {
      v128.store(startAt, bytes)
      store<u64>(hashAt, hashOfBytes(bytes, ((size - 1) as u64) * MIX_A))
    } else if (size !== 0) {
      v128.store(startAt, bytes)
      store<u64>(hashAt, hashOf(start, size - 1))
      hasLong = true
    } else {
      v128.store(startAt, i64x2.splat(0))
      store<u64>(hashAt, MIX_A)
    }
    text += 8
    hashAt += 8
    startAt += 16
  }
}
