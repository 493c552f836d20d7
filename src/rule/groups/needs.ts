/** What functions and keysets asked of records, beyond what they were written. */
export class Needs {
  /** Fields that were read, or looked for. */
  readonly fields: Set<string> = new Set()
  /** Value parts that nothing read or wrote, and whether their numbers matter. */
  readonly values: Map<string, boolean> = new Map()
  /** Its fields were listed, which takes the record as a whole. */
  isAll = false

  get isEmpty(): boolean {
    return this.fields.size === 0 && this.values.size === 0 && !this.isAll
  }

  /** A value part that is taken as a scan sums it. */
  value(part: string, isNumber: boolean): void {
    this.values.set(part, isNumber || this.values.get(part) === true)
  }
}
