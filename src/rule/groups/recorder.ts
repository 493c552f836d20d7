import { inspect } from 'node:util'
import { copyOf, copyOfValue } from '../map/parts-chain.js'
import type { Parts } from '../rule.js'
import { Needs } from './needs.js'
import { GroupFields, type RecordedFields, SampleFields } from './recorded-fields.js'

/** Ends a function that asked for what its record does not hold: what it would make of it is of no use. */
export class OutsideRecord extends Error {}

/**
 * Makes records that tell what is asked of them. A function cannot tell them from plain objects, but for what cannot be watched: `structuredClone`
 * and its like throw, after which records must be whole.
 */
export class Recorder {
  readonly needs: Needs = new Needs()
  readonly #fields: readonly string[]
  /** With their places. */
  readonly #known: ReadonlyMap<string, number>
  readonly #isSample: boolean
  /**
   * What stands between a record and `Object.prototype`, unseen: `util.inspect` looks behind a Proxy, and is met there.
   */
  readonly #bare: object
  readonly #make: () => Parts
  /** The record at work, and what is behind it. */
  #record: Parts | null = null
  #own: RecordedFields | null = null
  #read: number[] = []
  /** Copies of it. */
  #copies: Map<Parts, RecordedFields> | null = null

  /** @param fields Those that records hold; null: they are whole ones, of a sample, and give what they are asked for. */
  constructor(fields: readonly string[] | null) {
    this.#fields = fields ?? []
    this.#known = new Map(this.#fields.map((name, at) => [name, at]))
    this.#isSample = fields === null
    function Bare(): void {}
    Reflect.deleteProperty(Bare.prototype, 'constructor')
    const noteAll = (): void => this.noteAll()
    Object.defineProperty(Bare.prototype, inspect.custom, {
      value(this: Parts, depth: number, options: object): string {
        // With `showProxy`, as `%o` has it, this is not the record but what is behind it.
        noteAll()
        return inspect({ ...this }, { ...options, depth })
      },
    })
    this.#bare = Bare.prototype as object
    // Objects of a constructor have room for what is added; those of Object.create take twice the time.
    this.#make = () => Reflect.construct(Bare, []) as Parts
  }

  /** Forgets the records before, and makes one of the values of its fields. @param values Undefined where one is missing. */
  record(values: readonly unknown[]): Parts {
    const own = this.#make()
    const fields = this.#fields
    for (let at = 0; at < fields.length; at++) {
      const value = values[at]
      if (value !== undefined) setField(own, fields[at] as string, value)
    }
    return this.#begin(new GroupFields(own, this.#bare, this, this.#known))
  }

  /** Forgets the records before, and watches over one, which must be its own. */
  sample(parts: Parts): Parts {
    return this.#begin(new SampleFields(Object.setPrototypeOf(parts, this.#bare) as Parts, this.#bare, this))
  }

  /** What is behind the record at work, or one of its copies; null of any other. */
  of(parts: Parts): RecordedFields | null {
    if (parts === this.#record) return this.#own
    return this.#copies?.get(parts) ?? null
  }

  /** As `copyOf`: a recorded one stays one, and its fields are not listed. */
  copyOf(parts: Parts): Parts {
    const own = this.of(parts)
    if (own === null || own.isOdd) return copyOf(parts)
    const fields = this.#make()
    for (const name of Object.keys(own.fields)) setField(fields, name, copyOfValue(own.fields[name]))
    const copy = own.copyWith(fields)
    this.#copies ??= new Map()
    this.#copies.set(copy.record, copy)
    return copy.record
  }

  /** Places of its fields that were asked for since it was made, in the order in which they first were. */
  get read(): readonly number[] {
    return this.#read
  }

  noteRead(field: string): void {
    const at = this.#known.get(field)
    if (at !== undefined && !this.#read.includes(at)) this.#read.push(at)
  }

  /** @throws OutsideRecord unless it is a sample, which has it. */
  note(field: string): void {
    this.needs.fields.add(field)
    if (!this.#isSample) throw new OutsideRecord(field)
  }

  /** @throws OutsideRecord unless it is a sample, which has all. */
  noteAll(): void {
    this.needs.isAll = true
    if (!this.#isSample) throw new OutsideRecord()
  }

  #begin(own: RecordedFields): Parts {
    this.#own = own
    this.#record = own.record
    this.#read = []
    this.#copies = null
    return own.record
  }
}

function setField(parts: Parts, name: string, value: unknown): void {
  // Assigned, it would become the prototype.
  if (name === '__proto__')
    Object.defineProperty(parts, name, { value, writable: true, enumerable: true, configurable: true })
  else parts[name] = value
}
