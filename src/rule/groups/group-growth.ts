import { formatCount } from '../../core/count.js'
import type { Reader } from '../reader.js'

/** Groups of which a task may have as many as it likes: a few cost nothing. */
const GROUPS_FEW = 32_768

/** Bytes of records that take as long by rows as a group does: about 4 µs. CSV is parsed in JavaScript. */
const GROUP_BYTES = { csv: 200, json: 500 } as const

/** Records for a group at most and at least that are worth while, as a share. */
const SHARE_MIN = 1 / 3
const SHARE_MAX = 0.9

/** Which share of the records groups may be, to be quicker than rows are: of long records a larger one. */
export function shareMax({ kind }: Reader, recordBytes: number): number {
  const bytes = kind === 'csv' || kind === 'dynamic' ? GROUP_BYTES.csv : GROUP_BYTES.json
  return Math.min(SHARE_MAX, Math.max(SHARE_MIN, recordBytes / bytes))
}

/** Why groups are too many to go by, by what they are in the end; null when they are not. */
export function hardlyFewer(groups: number, rows: number): string | null {
  return groups <= GROUPS_FEW || groups <= rows * SHARE_MIN ? null : reasonOf(groups, rows)
}

const reasonOf = (groups: number, rows: number): string =>
  `groups were hardly fewer than records: ${formatCount(groups)} groups in ${formatCount(rows)} records`

/** How far a scan is. */
export interface ScanProgress {
  readonly groups: number
  readonly rows: number
  /** Of the bytes of all rows. */
  readonly bytes: number
  readonly bytesTotal: number
}

/** Watches over the groups of a scan: new ones come ever more slowly, and how many there will be shows in how they came lately. */
export class GroupGrowth {
  readonly #reader: Reader
  #before = { groups: 0, rows: 0 }
  #lately = { groups: 0, rows: 0 }

  constructor(reader: Reader) {
    this.#reader = reader
  }

  /** Why there will be too many; null when there will not. To be asked often. */
  tooMany({ groups, rows, bytes, bytesTotal }: ScanProgress): string | null {
    if (rows >= this.#lately.rows * 1.5) {
      this.#before = this.#lately
      this.#lately = { groups, rows }
    }
    if (groups <= GROUPS_FEW) return null
    const rate = (groups - this.#before.groups) / (rows - this.#before.rows)
    const rowsTotal = rows * Math.max(1, bytesTotal / bytes)
    const most = grownAsWords({ groups, rows, rate }, rowsTotal)
    // The rate is what it was in the middle.
    const least = Math.min(most, grownAsDraws({ groups, rows: (this.#before.rows + rows) / 2, rate }, rowsTotal))
    // Nearer to the least: to try for too long costs a few hundredths, to stop too soon most of the time.
    const share = (most * least ** 2) ** (1 / 3) / rowsTotal
    return share <= shareMax(this.#reader, bytes / rows) ? null : reasonOf(groups, rows)
  }
}

interface Growth {
  readonly groups: number
  readonly rows: number
  /** New groups for each new record. */
  readonly rate: number
}

/** Some come often, and many hardly ever: they grow with a power of the records (H. S. Heaps, "Information Retrieval", 1978). */
const grownAsWords = ({ groups, rows, rate }: Growth, rowsTotal: number): number =>
  groups * (rowsTotal / rows) ** Math.min(1, (rate * rows) / groups)

/** All come as often: so many that as few new ones are left to come. */
function grownAsDraws({ groups, rows, rate }: Growth, rowsTotal: number): number {
  if (rate >= 1 || rate <= 0) return rate <= 0 ? groups : rowsTotal
  const all = rows / -Math.log(rate)
  return Math.max(groups, all * -Math.expm1(-rowsTotal / all))
}
