import type { FieldTransform, Params } from '../rule.js'
import { checkBuilder, made } from './builder.js'
import { alwaysEnds, noteUnbounded, noteUse } from './builder-use.js'

/**
 * Several transforms as one, each given what the one before it gave: `chain(trim, lower, orElse('unknown'))`.
 *
 * @throws RuleError `rule` when it is given none, or one that is no function.
 */
export function chain(...transforms: readonly FieldTransform[]): (value: unknown, params?: Params) => unknown {
  checkBuilder('chain()', (faults) => {
    if (transforms.length === 0) faults.add('it is given no transform')
    faults.functions('transforms', transforms, 'fields')
  })
  const name = `chain(${transforms.map((transform) => transform.name).join(', ')})`
  const all = made(name, 'fields', (value: unknown, params: Params = {}) => {
    let changed = value
    for (const transform of transforms) changed = transform(changed, params)
    return changed
  })
  return transforms.every(alwaysEnds) ? all : noteUnbounded(all)
}

noteUse('call', chain)
