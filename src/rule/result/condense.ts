import { join } from 'node:path'
import type { SpillFile } from '../map-output.js'
import type { Keyset, RuleDefinition } from '../rule.js'
import type { Duck } from './duck.js'
import { mayHoldDoubles } from './may-hold-doubles.js'
import { copyPartitioned } from './partition.js'
import type { MapFile, TaskPlace } from './reduce-task.js'
import { doubleColumns, fractionColumns, keysOf, spillQuery, wholesOf } from './spill-columns.js'
import { bytesOf, isPlain } from './spill-files.js'

/**
 * Makes of spills one Parquet file a keyset and kind.
 *
 * The files are whole or not there; called again, it makes the same.
 *
 * @throws RuleError `function`: the rule's `partition` gave no whole number from 0 to before `partitions`. `fault`: a full disk, for example.
 */
export async function condense(
  duck: Duck,
  rule: RuleDefinition,
  spills: readonly SpillFile[],
  place: TaskPlace,
): Promise<readonly MapFile[]> {
  const files: MapFile[] = []
  for (const what of new Set(spills.map(whatOf))) {
    files.push(
      await condenseOne(
        duck,
        rule,
        spills.filter((spill) => whatOf(spill) === what),
        place,
      ),
    )
  }
  return files
}

const whatOf = ({ kind, keyset }: SpillFile): string => `${kind}-${keyset}`

async function condenseOne(
  duck: Duck,
  rule: RuleDefinition,
  spills: readonly SpillFile[],
  { folder, name }: TaskPlace,
) {
  const { kind, keyset } = spills[0] as SpillFile
  const of: Keyset | null = rule.keysets.find((each) => each.name === keyset) ?? null
  const bytes = Math.max(...(await bytesOf(spills)))
  const query = spillQuery(kind, of, { files: spills.map(({ file }) => file), bytes, sums: await sumsIn(spills) })
  const file = join(folder, `${name}-${kind}-${keyset}.parquet`)
  const stats = await copyPartitioned(duck, rule, { query, keys: keysOf(of) }, file)
  const groups = kind === 'groups' ? of : null
  return {
    kind,
    keyset,
    file,
    rows: stats.rows,
    hasFractions: fractionColumns(groups).some(stats.holds),
    hasDoubles: doubleColumns(groups).some(stats.holds),
    wholeMax: Math.max(0, ...wholesOf(groups).map(stats.magnitude)),
  }
}

/** Spills of another's making do not tell. */
async function sumsIn(spills: readonly SpillFile[]): Promise<'small' | 'whole' | 'any'> {
  if (spills.every(isPlain)) return 'small'
  const files = spills.filter(({ kind }) => kind === 'groups').map(({ file }) => file)
  return (await mayHoldDoubles(files)) ? 'any' : 'whole'
}
