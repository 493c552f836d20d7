import { RuleError } from '../../core/errors.js'
import type { ResultFile } from '../result-file.js'
import type { KeysetRows } from '../rule.js'
import type { Duck } from './duck.js'

/** The rows of a result, read in batches of some thousand; nothing is read before the first is asked for. */
export function openResult(_file: ResultFile, _duck: Duck): KeysetRows {
  throw new RuleError('fault', 'not written yet')
}
