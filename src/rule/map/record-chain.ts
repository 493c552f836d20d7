import type { Keyset, Params, RuleDefinition } from '../rule.js'
import type { Running } from './function-fault.js'
import { type ChainOptions, type Copy, type Emit, partsChain, transformChain } from './parts-chain.js'

/** A keyset, and what takes the records that are made for it. */
export interface ChainEnd {
  readonly keyset: Keyset
  readonly hold: Emit
}

/** What the functions of a rule run with. */
export interface RecordChainOptions {
  readonly rule: RuleDefinition
  readonly params: Params
  readonly running: Running
  readonly copy: Copy
  readonly changed?: ChainOptions['changed']
}

/** All that becomes of a record: the rule's functions, its transforms, and the functions of each keyset. */
export function recordChain(
  ends: readonly ChainEnd[],
  { rule, params, running, copy, changed }: RecordChainOptions,
): Emit {
  const { partsPreprocess = [], fieldTransforms = {} } = rule.options
  const isChanged = ends.some(({ keyset }) => keyset.partsPreprocess.length > 0)
  const options = {
    params,
    running,
    place: 'partsPreprocess',
    isChangedLater: isChanged,
    copy,
    ...(changed && { changed }),
  }
  const isTransformed = Object.keys(fieldTransforms).length > 0
  const transformed = transformChain(fieldTransforms, options, fork(ends, { params, running, copy }))
  return partsChain(partsPreprocess, { ...options, isChangedLater: isChanged || isTransformed }, transformed)
}

/** Hands a record to each keyset: a copy where the functions of one might change it for the next. */
function fork(ends: readonly ChainEnd[], options: Omit<RecordChainOptions, 'rule' | 'changed'>): Emit {
  const { copy } = options
  const emits = ends.map(({ keyset: { name, partsPreprocess }, hold }, at): Emit => {
    const place = `keyset ${name}: partsPreprocess`
    const chain = partsChain(partsPreprocess, { ...options, place, isChangedLater: false }, hold)
    return partsPreprocess.length > 0 && at < ends.length - 1 ? (parts) => chain(copy(parts)) : chain
  })
  const [only] = emits
  if (emits.length === 1 && only) return only
  return (parts) => {
    for (const emit of emits) emit(parts)
  }
}
