import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, RuleError } from '../../core/errors.js'
import { instead } from '../../core/members.js'
import { MAP_KEYSET } from '../definition.js'
import type { Parts, RuleDefinition } from '../rule.js'
import type { Duck } from './duck.js'
import { LooseRows } from './loose-rows.js'
import { kindName } from './postprocess.js'
import type { ReducedFile, ReduceTask, ReduceWatch } from './reduce-task.js'
import { groupPairs, readPairs } from './sorted-pairs.js'
import { fileList, literal } from './sql-text.js'

/** Keys between two tellings of progress. */
const PROGRESS_KEYS = 1_000

/** One partition of a rule with a `reduce` of its own: DuckDB sorts the pairs, and the function takes each key with its values. */
export async function reducePairs(
  duck: Duck,
  rule: RuleDefinition,
  task: ReduceTask,
  watch: ReduceWatch,
): Promise<ReducedFile> {
  const file = join(task.folder, `${task.name}-${MAP_KEYSET}.parquet`)
  const sorted = `${file}.pairs`
  const columns = (rule.options.columns ?? []).map((name) => ({ name, type: 'any' }) as const)
  const rows = new LooseRows(`${file}.rows`, ['k0'], columns)
  try {
    await sortPairs(duck, rule, task, sorted)
    attempt('reduceInit', () => rule.options.reduceInit?.(task.params))
    let keys = 0
    for (const [key, values] of groupPairs(readPairs(sorted))) {
      attempt(`reduce at the key ${key.slice(0, 300)}`, () => reduceKey(rule, task, { key, values, rows }))
      if (++keys % PROGRESS_KEYS === 0) watch.onProgress?.(PROGRESS_KEYS)
    }
    watch.onProgress?.(keys % PROGRESS_KEYS)
  } catch (error) {
    await rows.drop()
    throw error
  } finally {
    await rm(sorted, { force: true })
  }
  return rows.finish(duck, MAP_KEYSET, file)
}

async function sortPairs(
  duck: Duck,
  rule: RuleDefinition,
  { files, partition }: ReduceTask,
  sorted: string,
): Promise<void> {
  const pairs = files.filter(({ kind, rows }) => kind === 'pairs' && rows > 0).map(({ file }) => file)
  const from = pairs.length === 0 ? `(SELECT '' AS k, '' AS v WHERE false)` : `read_parquet(${fileList(pairs)})`
  const where = pairs.length > 0 && rule.partitions > 1 ? `WHERE p = ${partition}` : ''
  await duck.run(`COPY (SELECT k, v FROM ${from} ${where} ORDER BY k, v)
    TO ${literal(sorted)} (FORMAT csv, HEADER false, DELIMITER '\t', QUOTE '', ESCAPE '')`)
}

interface KeyWork {
  readonly key: string
  readonly values: Iterable<string>
  readonly rows: LooseRows
}

function reduceKey({ options }: RuleDefinition, { params }: ReduceTask, { key, values, rows }: KeyWork): void {
  for (const row of options.reduce?.(JSON.parse(key), parsed(values), params) ?? []) {
    rows.add([key], checkedRow(row, options.columns ?? []))
  }
}

function* parsed(values: Iterable<string>): Generator<unknown, void, undefined> {
  for (const value of values) yield JSON.parse(value)
}

function checkedRow(row: unknown, columns: readonly string[]): Parts {
  if (typeof row !== 'object' || row === null || Array.isArray(row))
    throw new TypeError(`it yielded ${kindName(row)}, which is no row`)
  for (const name of Object.keys(row)) {
    if (!columns.includes(name))
      throw new TypeError(`it yielded '${name}', which columns do not name: ${instead(name, columns)}`)
  }
  return row as Parts
}

function attempt(what: string, work: () => void): void {
  try {
    work()
  } catch (cause) {
    throw new RuleError('function', `${what} failed: ${messageOf(cause)}`, {
      cause,
    })
  }
}
