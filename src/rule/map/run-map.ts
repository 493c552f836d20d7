import type { MapOutput, MapTask } from '../map-output.js'
import type { Parts, RuleDefinition } from '../rule.js'

/** Not yet. */
export async function runMap(
  _rule: RuleDefinition,
  _task: MapTask,
  _watch: {
    readonly onProgress: (rows: number, bytes: number) => void
    readonly signal: AbortSignal
    readonly openParquet: (file: string) => AsyncIterable<Parts[]>
  },
): Promise<MapOutput> {
  throw new Error('not yet')
}
