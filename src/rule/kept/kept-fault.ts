import { RuleError } from '../../core/errors.js'
import type { Needs } from '../groups/needs.js'

/** A run that cannot go on from what another kept, and why: `its rule has map`. */
export const keptFault = (reason: string): RuleError =>
  new RuleError('input', `what the run kept is of no use to the rule as it is now: ${reason}`, {
    hint: 'Run it over its input again, without --process-map.',
  })

/** The same for want of fields. */
export const notKept = (needs: Needs): RuleError =>
  keptFault(`it does not have ${needs.words}, which functions or keysets ask for`)
