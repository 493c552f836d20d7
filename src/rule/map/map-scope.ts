import { RuleError } from '../../core/errors.js'
import { instead } from '../../core/members.js'
import { errorText } from '../../queue/thrown.js'
import type { Keyset, Params, RuleDefinition } from '../rule.js'
import { functionName } from './function-fault.js'

/** What of a rule a map is about. */
export interface MapScope {
  readonly rule: RuleDefinition
  /** The rule's own, with those of the run. */
  readonly params: Params
  readonly keysets: readonly Keyset[]
}

/**
 * Makes a rule ready for its records: calls `mapInit`.
 *
 * @param keyset Only this one; null: all.
 * @throws RuleError `rule` when there is no such keyset, `function` when `mapInit` throws.
 */
export function openScope(
  rule: RuleDefinition,
  { keyset, params: given }: { readonly keyset: string | null; readonly params: Params },
): MapScope {
  const params: Params = Object.freeze({ ...rule.params, ...given })
  const keysets = keysetsOf(rule, keyset)
  callInit(rule, params)
  return { rule, params, keysets }
}

function keysetsOf({ name, keysets, options }: RuleDefinition, only: string | null): readonly Keyset[] {
  if (only === null || options.map !== undefined) return keysets
  const found = keysets.filter((keyset) => keyset.name === only)
  if (found.length > 0) return found
  const known = keysets.map((keyset) => keyset.name)
  throw new RuleError('rule', `rule '${name}' has no keyset '${only}': ${instead(only, known)}`)
}

function callInit({ name, options }: RuleDefinition, params: Params): void {
  const { mapInit } = options
  if (!mapInit) return
  try {
    mapInit(params)
  } catch (cause) {
    throw new RuleError('function', `rule '${name}': ${functionName(mapInit, 'mapInit')} threw ${errorText(cause)}`, {
      cause,
    })
  }
}
