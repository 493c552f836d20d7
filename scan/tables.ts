// Hash tables of things that are kept, and the memory that these take. A thing has its hash and the next one of its table at fixed places;
// what else it is, and when two are the same, its table's owner knows.
import { groupsStart, reach } from './memory'

// A table, with which its owner's own may begin.
/** Where its slots are, u32: the place of a thing and the higher half of its hash, or 0. */
export const SLOTS: usize = 0
/** Slots, less one; 0 while there are none. */
export const MASK: usize = 4
/** Things in the table. */
const KEPT: usize = 8
export const FIRST: usize = 12
const LAST: usize = 16
/** What is free of the memory that was last taken for things. */
const ROOM: usize = 20
const ROOM_END: usize = 24
const ROOM_NEXT: usize = 28
export const TABLE_BYTES: usize = 32

// A thing.
const HASH: usize = 8
const NEXT: usize = 16
/** What it is, u32; other things of its own follow. */
export const OWN: usize = 20

const SLOTS_FIRST: u32 = 128
const ROOM_FIRST: u32 = 4 * 1024
const ROOM_MAX: u32 = 1024 * 1024

/** Where free memory begins, and where it ends. */
let free: usize = groupsStart
let freeEnd: usize = groupsStart

/**
 * Memory is asked for at once; none is used before something stands there. V8 takes each growth of a memory for as many new bytes as all of it has,
 * and collects garbage for each: of 35 collections of 2,000,000 lines of CSV, 9 are left. Where there is not so much, it grows as it is needed.
 */
export function setBytesMax(bytes: f64): void {
  freeEnd = groupsStart + (bytes as usize)
  reach(freeEnd)
}

/** Takes back the memory of all things. */
export function freeAll(): void {
  free = groupsStart
}

export function clearTable(table: usize): void {
  memory.fill(table, 0, TABLE_BYTES)
}

export function keptCount(table: usize): u32 {
  return load<u32>(table, KEPT)
}

/** @returns 0 behind the last. */
export function nextOf(thing: usize): usize {
  return load<u32>(thing, NEXT) as usize
}

/** @returns 0 when there is not so much. */
function take(bytes: usize): usize {
  const at = free
  if (bytes > freeEnd - at || !reach(at + bytes)) return 0
  free = at + bytes
  return at
}

/** Puts a new thing of so many bytes behind the others, all of which its owner writes but for what is a thing's. @returns 0 when there is no room. */
export function addThing(table: usize, hash: u64, bytes: usize): usize {
  if (!hasSlot(table)) return 0
  const thing = takeRoom(table, (bytes + 7) & ~7)
  if (thing === 0) return 0
  store<u64>(thing, hash, HASH)
  store<u32>(thing, 0, NEXT)
  const last = load<u32>(table, LAST) as usize
  if (last === 0) store<u32>(table, thing as u32, FIRST)
  else store<u32>(last, thing as u32, NEXT)
  store<u32>(table, thing as u32, LAST)
  store<u32>(table, load<u32>(table, KEPT) + 1, KEPT)
  putInSlot(load<u32>(table, SLOTS) as usize, load<u32>(table, MASK), thing)
  return thing
}

function putInSlot(slots: usize, mask: u32, thing: usize): void {
  const hash = load<u64>(thing, HASH)
  let at = (hash as u32) & mask
  while (load<u32>(slots + ((at as usize) << 3)) !== 0) at = (at + 1) & mask
  store<u64>(slots + ((at as usize) << 3), (thing as u64) | ((hash >> 32) << 32))
}

/** Makes the table larger when half of its slots are used: when there is no room for that, seven of eight may be. */
function hasSlot(table: usize): bool {
  const mask = load<u32>(table, MASK)
  const kept = load<u32>(table, KEPT)
  if (mask === 0) return newSlots(table, SLOTS_FIRST)
  if (kept < (mask + 1) / 2) return true
  return newSlots(table, (mask + 1) * 2) || kept < ((mask + 1) / 8) * 7
}

function newSlots(table: usize, count: u32): bool {
  const bytes = (count as usize) << 3
  const slots = take(bytes)
  if (slots === 0) return false
  memory.fill(slots, 0, bytes)
  const mask = count - 1
  for (let thing = load<u32>(table, FIRST) as usize; thing !== 0; thing = nextOf(thing)) putInSlot(slots, mask, thing)
  const old = load<u32>(table, SLOTS)
  const oldBytes = (load<u32>(table, MASK) + 1) << 3
  if (old !== 0 && oldBytes > load<u32>(table, ROOM_END) - load<u32>(table, ROOM)) {
    store<u32>(table, old, ROOM)
    store<u32>(table, old + oldBytes, ROOM_END)
  }
  store<u32>(table, slots as u32, SLOTS)
  store<u32>(table, mask, MASK)
  return true
}

/** Memory for a thing, or for what belongs to one. @returns 0 when there is none. */
export function takeRoom(table: usize, bytes: usize): usize {
  let at = load<u32>(table, ROOM) as usize
  if (bytes > (load<u32>(table, ROOM_END) as usize) - at) {
    let next = max(load<u32>(table, ROOM_NEXT), ROOM_FIRST)
    let taken = max(next as usize, bytes)
    at = take(taken)
    if (at === 0) {
      taken = bytes
      at = take(taken)
      if (at === 0) return 0
    }
    store<u32>(table, (at + taken) as u32, ROOM_END)
    next = min(next * 2, ROOM_MAX)
    store<u32>(table, next, ROOM_NEXT)
  }
  store<u32>(table, (at + bytes) as u32, ROOM)
  return at
}
