// What a new group is made of.
import { keep, keptBytes } from './bytes'
import { numberOfText } from './dictionary'
import { hashesOf, startsOf } from './keys'
import { NAMES_MAX } from './memory'
import { kindOf, textSize, textStart, textsOf } from './record'
import {
  ANYS,
  COUNT,
  FIELD_COUNT,
  FIELDS,
  fixedBytes,
  KIND,
  NUMBERS,
  nameAt,
  SIZES,
  SUMS,
  TEXTS,
  VALUE_COUNT,
  VALUES,
} from './scans'
import { ANY_BYTES, moveSums, ONLY_PRESENT, SUMS_BYTES, startSums } from './sums'
import { addThing } from './tables'

/** The numbers of its texts, u32. */
const numbers: usize = memory.data(NAMES_MAX * 4, 8)

/** Puts a group of a record behind the others of a scan. @returns 0 when there is no room. */
export function makeGroup(scan: usize, hash: u64, record: u32): usize {
  const fields = load<u32>(scan, FIELD_COUNT)
  if (!numberTexts(scan, fields, record)) return 0
  let bytes = fixedBytes(scan)
  for (let at: u32 = 0; at < fields; at++) {
    const size = textSize(textsOf(nameAt(scan + FIELDS, at)), record)
    if (size > 17) bytes += keptBytes(size - 17) as usize
  }
  const group = addThing(scan, hash, bytes)
  if (group === 0) return 0
  store<u64>(group, 0, COUNT)
  store<u32>(group, kindOf(record), KIND)
  if (fields > 1) memory.copy(group + NUMBERS, numbers, (fields as usize) << 2)
  writeSums(scan, group)
  writeTexts(scan, group, record)
  return group
}

/** Gives the texts of a new group numbers, where it has several. @returns False when there is no room. */
function numberTexts(scan: usize, fields: u32, record: u32): bool {
  if (fields < 2) return true
  for (let at: u32 = 0; at < fields; at++) {
    const name = nameAt(scan + FIELDS, at)
    const list = textsOf(name)
    const size = textSize(list, record)
    let number: u32 = 0
    if (size !== 0) {
      const hash = load<u64>(hashesOf(name) + ((record as usize) << 3))
      number = numberOfText(name, hash, textStart(list, record), size)
      if (number === 0) return false
    }
    store<u32>(numbers + ((at as usize) << 2), number)
  }
  return true
}

function writeSums(scan: usize, group: usize): void {
  const values = load<u32>(scan, VALUE_COUNT)
  const anys = load<u32>(scan, ANYS)
  let sums = group + (load<u32>(scan, SUMS) as usize)
  let any = sums + (values as usize) * SUMS_BYTES
  for (let at: u32 = 0; at < values; at++) {
    startSums(sums)
    if (((anys >> at) & 1) !== 0) {
      moveSums(sums, any, 0, nameAt(scan + VALUES, at) < ONLY_PRESENT)
      any += ANY_BYTES
    }
    sums += SUMS_BYTES
  }
}

function writeTexts(scan: usize, group: usize, record: u32): void {
  const fields = load<u32>(scan, FIELD_COUNT)
  const sizes = group + (load<u32>(scan, SIZES) as usize)
  const texts = group + (load<u32>(scan, TEXTS) as usize)
  let rest = group + fixedBytes(scan)
  for (let at: u32 = 0; at < fields; at++) {
    const name = nameAt(scan + FIELDS, at)
    const list = textsOf(name)
    const size = textSize(list, record)
    store<u32>(sizes + ((at as usize) << 2), size)
    const start = v128.load(startsOf(name) + ((record as usize) << 4))
    v128.store(texts + ((at as usize) << 4), start)
    if (size <= 17) continue
    keep(rest, textStart(list, record) + 16, size - 17)
    rest += keptBytes(size - 17) as usize
  }
}
