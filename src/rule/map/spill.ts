import { join } from 'node:path'
import type { SpillFile } from '../map-output.js'
import type { GroupTable } from './group-table.js'
import { SpillLines } from './spill-lines.js'
import { TextFile } from './text-file.js'

interface Spilled {
  readonly kind: SpillFile['kind']
  readonly keyset: string
  readonly file: TextFile
  rows: number
  /** Of groups, as `SpillLines` tells it. */
  wholeMax: number
}

/** The spill files of a task: one for each keyset and kind, which grows with each spill. */
export class Spill {
  readonly #folder: string
  readonly #name: string
  /** Made with the first groups. */
  #lines: SpillLines | null = null
  readonly #files = new Map<string, Spilled>()

  constructor(folder: string, name: string) {
    this.#folder = folder
    this.#name = name
  }

  /** @throws RuleError `fault` when there is no room. */
  write(kind: SpillFile['kind'], keyset: string, lines: Iterable<string>): void {
    let spilled: Spilled | null = null
    for (const line of lines) {
      spilled ??= this.#fileOf(kind, keyset)
      spilled.file.write(line)
      spilled.rows++
    }
  }

  /** Writes the groups of a keyset. */
  writeGroups(keyset: string, table: Pick<GroupTable, 'write'>): void {
    const spilled = this.#fileOf('groups', keyset)
    this.#lines ??= new SpillLines()
    this.#lines.begin(spilled.file)
    spilled.rows += table.write(this.#lines)
    this.#lines.flush()
    spilled.wholeMax = Math.max(spilled.wholeMax, this.#lines.wholeMax)
  }

  writeLine(kind: SpillFile['kind'], keyset: string, line: string): void {
    const spilled = this.#fileOf(kind, keyset)
    spilled.file.write(line)
    spilled.rows++
  }

  #fileOf(kind: SpillFile['kind'], keyset: string): Spilled {
    const name = `${this.#name}-${keyset}-${kind}.csv`
    let spilled = this.#files.get(name)
    if (!spilled) {
      spilled = { kind, keyset, file: new TextFile(join(this.#folder, name)), rows: 0, wholeMax: 0 }
      this.#files.set(name, spilled)
    }
    return spilled
  }

  /** @returns The files, none of which is empty. */
  close(): readonly SpillFile[] {
    return [...this.#files.values()].flatMap(({ kind, keyset, file, rows, wholeMax }) => {
      const path = file.close()
      if (path === null) return []
      const isWhole = kind === 'groups' && wholeMax < Number.POSITIVE_INFINITY
      return [{ kind, keyset, file: path, rows, ...(isWhole && { wholeMax }) }]
    })
  }

  /** Lets go of the files, whatever they hold. */
  abandon(): void {
    for (const { file } of this.#files.values()) file.abandon()
  }

  /** Removes what was written. */
  discard(): void {
    for (const { file } of this.#files.values()) file.discard()
    this.#files.clear()
  }
}
