import { RuleError } from '../../core/errors.js'
import type { Parts } from '../rule.js'
import type { Duck } from './duck.js'

/**
 * Records of a Parquet file, in its order, in batches: numbers (whole ones beyond 2^53 and decimals as text), text, booleans, null; dates and
 * times as ISO text, lists and structs as lists and objects, bytes as Base64; columns of JSON as what they hold.
 *
 * @throws RuleError `input`: it is not there, or no Parquet file.
 */
export async function* parquetRows(_duck: Duck, _file: string): AsyncIterable<Parts[]> {
  throw new RuleError('fault', 'not written yet')
}
