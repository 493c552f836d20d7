import { join } from 'node:path'
import { RuleError } from '../../core/errors.js'
import { physicalLines } from '../../orders/rows/physical-lines.js'
import type { SpillFile } from '../map-output.js'
import { CsvFile } from '../result/csv-file.js'
import type { ResultFile } from '../result-file.js'
import type { RuleDefinition } from '../rule.js'
import { PipeLines } from './pipe-lines.js'

/** What a reduce over lines needs besides them. */
export interface ReducePipe {
  readonly rule: RuleDefinition
  /** Reduces them, where functions of the user's may run. */
  readonly reduce: (spills: readonly SpillFile[]) => Promise<readonly ResultFile[]>
  /** Where it writes; there already, and the caller's to remove. */
  readonly folder: string
}

/**
 * Makes the result of the lines that `hob rule map` wrote: of any number of them, in any order.
 *
 * Holds a chunk of the lines; all else is DuckDB's, under its cap.
 *
 * @throws RuleError `input` for a line that is none of them, with its number; `function` when one of the rule's functions threw.
 */
export async function reduceLines(
  source: AsyncIterable<Buffer>,
  { rule, reduce, folder }: ReducePipe,
): Promise<readonly ResultFile[]> {
  return reduce(await keepLines(source, rule, folder))
}

async function keepLines(
  source: AsyncIterable<Buffer>,
  rule: RuleDefinition,
  folder: string,
): Promise<readonly SpillFile[]> {
  const lines = new PipeLines(rule)
  const files = new Map<string, { readonly csv: CsvFile; readonly spill: Omit<SpillFile, 'rows'>; rows: number }>()
  try {
    for await (const block of physicalLines(source, '\n')) {
      for (const [at, line] of block.lines.entries()) {
        if (line === '') continue
        const { kind, keyset, fields } = atLine(block.first + at, () => {
          if (typeof line !== 'string') throw new RuleError('input', line.bad)
          return lines.read(line)
        })
        const name = `${kind}-${keyset}`
        const file = join(folder, `lines-${name}.csv`)
        const found = files.get(name) ?? { csv: new CsvFile(file), spill: { kind, keyset, file }, rows: 0 }
        files.set(name, found)
        found.csv.add(fields)
        found.rows++
      }
    }
  } finally {
    for (const { csv } of files.values()) csv.close()
  }
  return [...files.values()].map(({ spill, rows }) => ({ ...spill, rows }))
}

function atLine<Result>(line: number, read: () => Result): Result {
  try {
    return read()
  } catch (cause) {
    if (!(cause instanceof RuleError)) throw cause
    throw new RuleError('input', `standard input, line ${line}: ${cause.message}`, {
      hint: 'It reads what hob rule map of the same rule writes.',
      cause,
    })
  }
}
