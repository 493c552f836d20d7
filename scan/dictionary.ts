// The texts of each name that makes groups together with others, each once and with a number: groups are compared by these, and whoever reads
// them makes a value of each text once, and not once for each group.
import { isKept, keep, keptBytes } from './bytes'
import { NAMES_MAX } from './memory'
import { addThing, clearTable, FIRST, keptCount, MASK, OWN, SLOTS, TABLE_BYTES } from './tables'

// A text, as a thing of a table.
/** Its number from 1, u32. */
const NUMBER: usize = 0
/** Bytes of the text and one, u32. */
export const SIZE: usize = OWN
/** The text, with zeros up to 16 bytes. */
export const TEXT: usize = OWN + 4

const tables: usize = memory.data((NAMES_MAX + 1) * (TABLE_BYTES as u32), 16)

function tableOf(name: u32): usize {
  return tables + (name as usize) * TABLE_BYTES
}

export function clearDictionary(): void {
  for (let name: u32 = 0; name <= NAMES_MAX; name++) clearTable(tableOf(name))
}

/** The number of a text of a name, which it is given when it is new; 0 when there is no room for it. @param size Its bytes and one. */
export function numberOfText(name: u32, hash: u64, start: usize, size: u32): u32 {
  const table = tableOf(name)
  const mask = load<u32>(table, MASK)
  if (mask !== 0) {
    const slots = load<u32>(table, SLOTS) as usize
    const tag = (hash >> 32) as u32
    for (let at = (hash as u32) & mask; ; at = (at + 1) & mask) {
      const slot = load<u64>(slots + ((at as usize) << 3))
      const text = slot as u32
      if (text === 0) break
      if (((slot >> 32) as u32) === tag && isSame(text as usize, start, size)) return load<u32>(text as usize, NUMBER)
    }
  }
  const text = addThing(table, hash, TEXT + (keptBytes(size - 1) as usize))
  if (text === 0) return 0
  store<u32>(text, keptCount(table), NUMBER)
  store<u32>(text, size, SIZE)
  if (size > 1) keep(text + TEXT, start, size - 1)
  return keptCount(table)
}

function isSame(text: usize, start: usize, size: u32): bool {
  return load<u32>(text, SIZE) === size && (size <= 1 || isKept(text + TEXT, start, size - 1))
}

// What the caller reads.

/** The text of a name with the number 1; 0 when there is none. */
export function firstText(name: u32): usize {
  return load<u32>(tableOf(name), FIRST) as usize
}
