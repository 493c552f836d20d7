import { rename, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { RuleError } from '../../core/errors.js'
import { MAP_KEYSET } from '../definition.js'
import type { ResultFile } from '../result-file.js'
import type { Keyset, RuleDefinition } from '../rule.js'
import type { Duck } from './duck.js'
import { type FinalColumn, hidden, looseQuery, looseTypes, typedQuery, typedTypes } from './final-columns.js'
import { copyParquet, settleOnDisk } from './parquet-copy.js'
import { columnsOf, finalName } from './reduce-keyset.js'
import type { ReducedFile, ReduceOutput, TaskPlace } from './reduce-task.js'
import { keyColumns } from './spill-columns.js'

/**
 * Makes of the partitions one Parquet file a keyset, sorted, with its last names and types of columns: the same rows for any number of
 * partitions and map tasks. In the order of the rule's keysets; one without a row has its file too. They are on the disk when it answers.
 *
 * The partitions stay where they are, but for a finished one, which is renamed. Called again it answers the same.
 *
 * @throws RuleError `function`: what functions made has two columns that differ in upper and lower case only.
 */
export async function finishResults(
  duck: Duck,
  rule: RuleDefinition,
  outputs: readonly ReduceOutput[],
  place: TaskPlace,
): Promise<readonly ResultFile[]> {
  const partitions = [...outputs].sort((a, b) => a.partition - b.partition).flatMap(({ files }) => files)
  const shown = rule.keysets.length === 0 ? [mapKeyset(rule)] : rule.keysets
  const results: ResultFile[] = []
  for (const keyset of shown) {
    const files = partitions.filter((file) => file.keyset === keyset.name)
    if (files.length > 0) results.push(await finishOne(duck, keyset, files, place))
  }
  return results
}

/** A rule with `reduce` has one result, whose rows come in the order of keys that are no columns. */
const mapKeyset = ({ name, options }: RuleDefinition): Keyset => ({
  name: MAP_KEYSET,
  keyParts: [],
  values: [],
  columnMappings: {},
  table: options.table ?? name,
  partsPreprocess: [],
  partsPostprocess: [],
})

async function finishOne(duck: Duck, keyset: Keyset, files: readonly ReducedFile[], { folder, name }: TaskPlace) {
  const file = join(folder, `${name}-${keyset.name}.parquet`)
  const [first] = files as readonly [ReducedFile, ...ReducedFile[]]
  const { columns, rowCount } =
    first.shape === 'finished' ? await take(keyset, first, file) : await unite(duck, keyset, files, file)
  checkNames(keyset, columns)
  await settleOnDisk(file)
  const keyColumns = keyset.keyParts.map((part) => finalName(keyset, part))
  return {
    keyset: keyset.name,
    table: keyset.table,
    columns: columns.map(({ name, type }) => ({ name, type })),
    keyColumns,
    rowCount,
    file,
  }
}

interface Finished {
  readonly columns: readonly FinalColumn[]
  readonly rowCount: number
}

async function take(keyset: Keyset, only: ReducedFile, file: string): Promise<Finished> {
  try {
    await rename(only.file, file)
  } catch (error) {
    // It was renamed before the crash after which this is called again.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    await stat(file)
  }
  const columns = columnsOf(keyset).map(({ name, type }) => ({
    name: finalName(keyset, name),
    part: name,
    type,
    isBig: false,
  }))
  return { columns, rowCount: only.rows }
}

async function unite(duck: Duck, keyset: Keyset, files: readonly ReducedFile[], file: string): Promise<Finished> {
  const isLoose = files[0]?.shape === 'loose'
  const columns = isLoose ? looseTypes(keyset, files) : typedTypes(keyset, files)
  checkNames(keyset, columns)
  const parts = files.map((part) => (isLoose ? looseQuery(keyset, part, columns) : typedQuery(keyset, part, columns)))
  const keys = keyset.name === MAP_KEYSET ? ['k0'] : keyColumns(keyset)
  const order = (isLoose ? [...keys, 's'] : keys).map(hidden)
  // Why by all: see `reduceAtOnce`.
  const sql = `SELECT * EXCLUDE (${order.join(', ')}) FROM (${parts.join(' UNION ALL ')}) ORDER BY ${isLoose ? order.join(', ') : 'ALL'}`
  const { rows } = await copyParquet(duck, sql, file)
  return { columns, rowCount: rows }
}

function checkNames({ name: keyset }: Keyset, columns: readonly FinalColumn[]): void {
  const seen = new Map<string, string>()
  for (const { name } of columns) {
    const other = seen.get(name.toLowerCase())
    if (other !== undefined) {
      throw new RuleError(
        'function',
        `the result of keyset '${keyset}' has the columns '${other}' and '${name}', which are one to Parquet`,
      )
    }
    seen.set(name.toLowerCase(), name)
  }
}
