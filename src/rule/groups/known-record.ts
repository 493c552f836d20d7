import { getterOf } from '../map/key-reader.js'
import type { FieldTransform, Params, Parts, RuleDefinition } from '../rule.js'
import { GroupFields, type RecordedFields } from './recorded-fields.js'
import type { NumberedTexts, ScannedGroup } from './scanned.js'

/** A part of a record that functions made, of any group for which they made one like it. */
export interface KnownPart {
  /** The place of the group's field of which it has the value, transformed where the rule does; -1: it has the same value always. */
  readonly field: number
  readonly value: unknown
}

/** What a part has in a record, so that others like it need not be made; null where that cannot be said. @param own What is behind the record. */
export function knownPart(name: string, parts: Parts, own: RecordedFields | null): KnownPart | null {
  if (own !== null && (own.isOdd || !(own instanceof GroupFields))) return null
  const place = own instanceof GroupFields ? own.placeOf(name) : null
  if (place !== null) return { field: place, value: undefined }
  const value = getterOf(name)(own === null ? parts : own.fields)
  // An object may be another one each time.
  return typeof value === 'object' && value !== null ? null : { field: -1, value }
}

/** Values of the fields of groups, as the rule transforms them: of each text once. */
export class KnownFields {
  readonly #params: Params
  /** Of each field; null: it stays as it is. */
  readonly #transforms: readonly (FieldTransform | null)[]
  /** Places of those that are transformed. */
  readonly #transformed: readonly number[]
  #numbering: object | null = null
  /** Of each field, what became of its texts. */
  #made: readonly unknown[][] = []

  constructor(fields: readonly string[], { options }: RuleDefinition, params: Params) {
    const { fieldTransforms = {} } = options
    this.#params = params
    this.#transforms = fields.map(
      (name) => (Object.hasOwn(fieldTransforms, name) ? fieldTransforms[name] : null) ?? null,
    )
    this.#transformed = [...fields.keys()].filter((field) => this.#transforms[field] !== null)
  }

  /** Transforms all that there are, also those that no keyset looks at. @throws What a transform throws. */
  transform(group: ScannedGroup): void {
    for (const field of this.#transformed) this.valueOf(group, field)
  }

  /** @throws What a transform throws. */
  valueOf({ fields, texts }: ScannedGroup, field: number): unknown {
    const transform = this.#transforms[field] ?? null
    if (texts !== undefined) return transform === null ? texts.value(field) : this.#madeOf(texts, field, transform)
    const value = fields[field]
    return value === undefined || transform === null ? value : transform(value, this.#params)
  }

  #madeOf(texts: NumberedTexts, field: number, transform: FieldTransform): unknown {
    if (texts.numbering !== this.#numbering) {
      this.#numbering = texts.numbering
      this.#made = this.#transforms.map(() => [])
    }
    const number = texts.number(field)
    if (number === 0) return undefined
    const known = this.#made[field]?.[number]
    if (known !== undefined) return known
    const value = transform(texts.value(field), this.#params)
    const list = this.#made[field]
    if (list !== undefined && typeof value !== 'object') list[number] = value
    return value
  }
}
