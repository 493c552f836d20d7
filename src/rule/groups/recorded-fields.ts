import { inspect } from 'node:util'
import type { Parts } from '../rule.js'

/** Whom recorded fields tell what is asked of them. */
export interface FieldNotes {
  /** A field, that the record may have or not. */
  note(field: string): void
  /** A field of those that are known: it may matter from now on what it holds. */
  noteRead(field: string): void
  /** The record as a whole. */
  noteAll(): void
}

/**
 * What is behind a recorded record: the fields that it holds, a plain object to which all that functions do is done. It differs from what they see
 * in nothing but that it tells no one.
 */
export abstract class RecordedFields implements ProxyHandler<Parts> {
  readonly fields: Parts
  readonly record: Parts
  /** It has a field that is no plain value, or cannot have more: what is usual does not go for it. */
  isOdd = false
  protected readonly bare: object
  protected readonly notes: FieldNotes

  /** @param bare The prototype of `fields`, which nobody sees. */
  constructor(fields: Parts, bare: object, notes: FieldNotes) {
    this.fields = fields
    this.bare = bare
    this.notes = notes
    this.record = new Proxy(fields, this)
  }

  /** Whether what `fields` has, or lacks, is what the record does. */
  abstract knows(name: string): boolean
  protected abstract wrote(name: string): void
  protected abstract removed(name: string): void
  /** Of the same record, with fields of its own. */
  abstract copyWith(fields: Parts): RecordedFields

  /** Neither read from the record nor written to it, as far as that matters: it has what it had in the input. */
  isUntouched(name: string): boolean {
    return !this.knows(name)
  }

  /** Fields to be read as from the record, without the trouble of a Proxy. */
  readable(names: readonly string[]): Parts {
    for (let at = 0; at < names.length; at++) this.need(names[at] as string)
    return this.isOdd ? this.record : this.fields
  }

  /** What a field is to be changed in that the record has: what tells of it, or has been told. */
  changed(_name: string): Parts {
    return this.record
  }

  get(fields: Parts, name: string | symbol, receiver: unknown): unknown {
    if (typeof name === 'symbol') return isHidden(fields, name) ? undefined : Reflect.get(fields, name, receiver)
    this.need(name)
    return !this.isOdd && Object.hasOwn(fields, name) ? fields[name] : Reflect.get(fields, name, receiver)
  }

  set(fields: Parts, name: string | symbol, value: unknown, receiver: unknown): boolean {
    if (typeof name === 'symbol') return Reflect.set(fields, name, value, receiver)
    if (receiver === this.record && !this.isOdd && (!(name in this.bare) || this.#isOwn(name))) {
      fields[name] = value
      this.wrote(name)
      return true
    }
    // Something that is inherited, such as the setter of `__proto__`, or inherits from it.
    this.need(name)
    return Reflect.set(fields, name, value, receiver)
  }

  has(fields: Parts, name: string | symbol): boolean {
    if (typeof name === 'symbol') return !isHidden(fields, name) && Reflect.has(fields, name)
    this.need(name)
    return Reflect.has(fields, name)
  }

  deleteProperty(fields: Parts, name: string | symbol): boolean {
    const isGone = Reflect.deleteProperty(fields, name)
    if (typeof name === 'string' && isGone) this.removed(name)
    return isGone
  }

  defineProperty(fields: Parts, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    if (typeof name === 'string') {
      // What it does not say stays as it is, where there is one.
      if (!isWhole(descriptor)) this.need(name)
      if (!isPlain(descriptor)) this.isOdd = true
    }
    const isDone = Reflect.defineProperty(fields, name, descriptor)
    if (isDone && typeof name === 'string') this.wrote(name)
    return isDone
  }

  getOwnPropertyDescriptor(fields: Parts, name: string | symbol): PropertyDescriptor | undefined {
    if (typeof name === 'string') this.need(name)
    return Reflect.getOwnPropertyDescriptor(fields, name)
  }

  ownKeys(fields: Parts): (string | symbol)[] {
    this.notes.noteAll()
    return Reflect.ownKeys(fields)
  }

  getPrototypeOf(fields: Parts): object | null {
    const prototype = Reflect.getPrototypeOf(fields)
    return prototype === this.bare ? Object.prototype : prototype
  }

  setPrototypeOf(fields: Parts, prototype: object | null): boolean {
    if (prototype === this.getPrototypeOf(fields)) return true
    this.notes.noteAll()
    this.isOdd = true
    return Reflect.setPrototypeOf(fields, prototype)
  }

  preventExtensions(fields: Parts): boolean {
    this.notes.noteAll()
    this.isOdd = true
    Reflect.setPrototypeOf(fields, this.getPrototypeOf(fields))
    return Reflect.preventExtensions(fields)
  }

  #isOwn(name: string): boolean {
    if (!this.knows(name) || !Object.hasOwn(this.fields, name)) return false
    this.notes.noteRead(name)
    return true
  }

  protected need(name: string): void {
    if (this.knows(name)) this.notes.noteRead(name)
    else this.notes.note(name)
  }
}

/** Of a record that stands for a group: it holds the fields that the group has in common. */
export class GroupFields extends RecordedFields {
  readonly #known: ReadonlyMap<string, number>
  #removed: Set<string> | null = null

  constructor(fields: Parts, bare: object, notes: FieldNotes, known: ReadonlyMap<string, number>) {
    super(fields, bare, notes)
    this.#known = known
  }

  knows(name: string): boolean {
    return Object.hasOwn(this.fields, name) || this.#known.has(name) || this.#removed?.has(name) === true
  }

  override changed(name: string): Parts {
    this.need(name)
    return this.isOdd ? this.record : this.fields
  }

  protected wrote(): void {}

  protected removed(name: string): void {
    this.#removed ??= new Set()
    this.#removed.add(name)
  }

  copyWith(fields: Parts): GroupFields {
    const copy = new GroupFields(fields, this.bare, this.notes, this.#known)
    copy.#removed = this.#removed === null ? null : new Set(this.#removed)
    return copy
  }
}

/** Of a record of a sample: it holds all fields, and knows those that were written. */
export class SampleFields extends RecordedFields {
  readonly #written: Set<string>

  constructor(fields: Parts, bare: object, notes: FieldNotes, written: ReadonlySet<string> = new Set()) {
    super(fields, bare, notes)
    this.#written = new Set(written)
  }

  knows(name: string): boolean {
    return this.#written.has(name)
  }

  protected wrote(name: string): void {
    this.#written.add(name)
  }

  protected removed(name: string): void {
    this.#written.add(name)
  }

  copyWith(fields: Parts): SampleFields {
    return new SampleFields(fields, this.bare, this.notes, this.#written)
  }
}

/** What `util.inspect` finds behind the Proxy is not of the record. */
const isHidden = (fields: Parts, name: symbol): boolean =>
  name === inspect.custom && !Object.hasOwn(fields, name as unknown as string)

const isWhole = (descriptor: PropertyDescriptor): boolean =>
  'enumerable' in descriptor &&
  'configurable' in descriptor &&
  ('get' in descriptor || 'set' in descriptor || ('value' in descriptor && 'writable' in descriptor))

const isPlain = ({ value: _, ...flags }: PropertyDescriptor): boolean =>
  flags.enumerable === true && flags.configurable === true && flags.writable === true
