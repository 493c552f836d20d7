import { join } from 'node:path'
import type { GroupScan } from '../groups/group-plan.js'
import type { ScannedGroup, ScannedValue } from '../groups/scanned.js'
import { quoted } from '../map/spill-text.js'
import { TextFile } from '../map/text-file.js'
import { exactJson } from './exact-json.js'
import type { KeptGroups } from './kept-groups.js'
import { RowLog } from './row-log.js'

/** Writes the groups of a map task to CSV, and what it reads by rows to a log. */
export class GroupKeeper {
  readonly log: RowLog
  readonly #scans: readonly GroupScan[]
  readonly #files: readonly TextFile[]
  readonly #counts: number[]
  #isWhole = true

  /** @param name First part of the names of its files. */
  constructor(scans: readonly GroupScan[], folder: string, name: string) {
    this.#scans = scans
    this.#files = scans.map((_, at) => new TextFile(join(folder, `${name}-kept-${at}.csv`)))
    this.#counts = scans.map(() => 0)
    this.log = new RowLog(new TextFile(join(folder, `${name}-kept-lines.bin`)))
  }

  /**
   * Writes a group of a scan, before functions change what it holds.
   *
   * @throws RuleError `fault` when there is no room.
   */
  keep(scan: number, group: ScannedGroup): void {
    if (!this.#isWhole) return
    try {
      this.#files[scan]?.write(lineOf(group))
      this.#counts[scan] = (this.#counts[scan] ?? 0) + 1
    } catch (error) {
      // It is nested too deep to be written.
      if (!(error instanceof RangeError)) throw error
      this.giveUp()
    }
  }

  /** Keeps nothing: some records would be missing. */
  giveUp(): void {
    this.#isWhole = false
    this.discard()
  }

  /** @returns The files; null when it was given up. */
  close(bytesRead: number): KeptGroups | null {
    if (!this.#isWhole) return null
    const scans = this.#scans.map(({ fields, values }, at) => ({
      ...{ fields, values, file: this.#files[at]?.close() ?? null },
      groups: this.#counts[at] ?? 0,
    }))
    return { scans, lines: this.log.close(), bytesRead }
  }

  /** Lets go of the files, whatever they hold. */
  abandon(): void {
    for (const file of this.#files) file.abandon()
    this.log.abandon()
  }

  /** Removes what was written. */
  discard(): void {
    for (const file of this.#files) file.discard()
    this.log.discard()
  }
}

function lineOf({ fields, count, values }: ScannedGroup): string {
  let line = String(count)
  for (const field of fields) line += field === undefined ? ',\\N' : `,${quoted(exactJson(field))}`
  for (const value of values) line += sumsText(value)
  return `${line}\n`
}

function sumsText({ present, numbers, whole, doubles, min, max }: ScannedValue): string {
  const list = doubles.length === 0 ? '\\N' : `"[${doubles.join(',')}]"`
  const extremes = numbers === 0 ? '\\N,\\N' : `${min},${max}`
  return `,${present},${numbers},"${whole}",${list},${extremes}`
}
