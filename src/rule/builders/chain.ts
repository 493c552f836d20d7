import type { FieldTransform, Params } from '../rule.js'
import { checkBuilder, named } from './builder.js'

/**
 * Several transforms as one, each given what the one before it gave: `chain(trim, lower, orElse('unknown'))`.
 *
 * @throws RuleError `rule` when it is given none, or one that is no function.
 */
export function chain(...transforms: readonly FieldTransform[]): (value: unknown, params?: Params) => unknown {
  checkBuilder('chain()', (faults) => {
    if (transforms.length === 0) faults.add('it is given no transform')
    faults.functions('transforms', transforms)
  })
  const name = `chain(${transforms.map((transform) => transform.name).join(', ')})`
  return named(name, (value: unknown, params: Params = {}) => {
    let made = value
    for (const transform of transforms) made = transform(made, params)
    return made
  })
}
