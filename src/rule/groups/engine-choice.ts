import { closest } from '../../core/closest.js'
import { ArgumentError } from '../../core/errors.js'
import type { EngineChoice } from './group-plan.js'

/** All that can be asked for; the first is what nobody needs to ask for. */
export const ENGINE_CHOICES: readonly EngineChoice[] = ['auto', 'rows', 'groups']

/** What a program without types may ask for. @throws ArgumentError with the choice that is close, or all of them. */
export function checkEngineChoice(choice: unknown): asserts choice is EngineChoice {
  if (ENGINE_CHOICES.some((each) => each === choice)) return
  const meant = closest(String(choice), ENGINE_CHOICES)
  const instead = meant === undefined ? `it must be one of ${ENGINE_CHOICES.join(', ')}` : `did you mean ${meant}?`
  throw new ArgumentError(`engine is '${String(choice)}': ${instead}`)
}
