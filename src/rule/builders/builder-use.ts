/** What a function is for: records, in `partsPreprocess` and `partsPostprocess`; fields, in `fieldTransforms`; or it makes such functions. */
export type BuilderUse = 'records' | 'fields' | 'call'

const USES = new WeakMap<object, BuilderUse>()

/** Notes what builders are for, so that a rule which has them elsewhere is told so. */
export function noteUse(use: BuilderUse, ...builders: readonly object[]): void {
  for (const builder of builders) USES.set(builder, use)
}

/** Whether a function is a builder, or was made by one. */
export const isBuilder = (own: object): boolean => USES.has(own)

/** What is wrong with a function in this place; null: nothing, or it is no builder. */
export function misuse(value: unknown, place: 'records' | 'fields'): string | null {
  const use = typeof value === 'function' ? USES.get(value) : undefined
  if (typeof value !== 'function' || use === undefined || use === place) return null
  if (use === 'call') return `is ${value.name} itself, which makes functions: call it`
  return `is ${value.name}, which is for ${use === 'fields' ? 'fieldTransforms' : 'partsPreprocess'}`
}
