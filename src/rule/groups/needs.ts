/** Fields that people are told by their names. */
const NAMES_SHOWN = 5

/** What functions and keysets asked of records, beyond what they were written. */
export class Needs {
  /** Fields that were read, or looked for. */
  readonly fields: Set<string> = new Set()
  /** Value parts that nothing read or wrote, and whether their numbers matter. */
  readonly values: Map<string, boolean> = new Map()
  /** Its fields were listed, which takes the record as a whole. */
  isAll = false

  /** For people: `the fields 'a' and 'b'`. */
  get words(): string {
    if (this.isAll) return 'all fields of a record'
    const names = [...new Set([...this.fields, ...this.values.keys()])]
    const shown = names.slice(0, NAMES_SHOWN).map((name) => `'${name}'`)
    if (names.length > NAMES_SHOWN) shown.push(`${names.length - NAMES_SHOWN} more`)
    const last = shown.pop()
    return `the field${names.length === 1 ? '' : 's'} ${shown.length === 0 ? last : `${shown.join(', ')} and ${last}`}`
  }

  get isEmpty(): boolean {
    return this.fields.size === 0 && this.values.size === 0 && !this.isAll
  }

  /** A value part that is taken as a scan sums it. */
  value(part: string, isNumber: boolean): void {
    this.values.set(part, isNumber || this.values.get(part) === true)
  }
}
