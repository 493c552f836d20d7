/** What a function is for: records, in `partsPreprocess` and `partsPostprocess`; fields, in `fieldTransforms`; or it makes such functions. */
export type BuilderUse = 'records' | 'fields' | 'call'

const USES = new WeakMap<object, BuilderUse>()

/** Builders that do what users wrote, which may never end. */
const UNBOUNDED = new WeakSet<object>()

/** Notes what builders are for, so that a rule which has them elsewhere is told so. */
export function noteUse(use: BuilderUse, ...builders: readonly object[]): void {
  for (const builder of builders) USES.set(builder, use)
}

/** Notes that what a builder made may never end: it calls functions of the user's, or looks for a pattern of theirs. */
export function noteUnbounded<Own extends object>(own: Own): Own {
  UNBOUNDED.add(own)
  return own
}

/** Whether a function always ends: a builder, or made by one, and not of what may never end. */
export const alwaysEnds = (own: object): boolean => USES.has(own) && !UNBOUNDED.has(own)

/** What is wrong with a function in this place; null: nothing, or it is no builder. */
export function misuse(value: unknown, place: 'records' | 'fields'): string | null {
  const use = typeof value === 'function' ? USES.get(value) : undefined
  if (typeof value !== 'function' || use === undefined || use === place) return null
  if (use === 'call') return `is ${value.name} itself, which makes functions: call it`
  return `is ${value.name}, which is for ${use === 'fields' ? 'fieldTransforms' : 'partsPreprocess'}`
}
