import { setImmediate } from 'node:timers/promises'
import type { GroupPlan } from '../groups/group-plan.js'
import { type GroupsAgain, GroupTaker } from '../groups/group-taker.js'
import { CountingSink } from '../map/counting-sink.js'
import { openScope } from '../map/map-scope.js'
import { GroupMapper } from '../map/row-mapper.js'
import type { MapWatch } from '../map/run-map.js'
import { TaskFiles } from '../map/task-files.js'
import type { MapOutput, MapTask } from '../map-output.js'
import type { Duck } from '../result/duck.js'
import type { RuleDefinition } from '../rule.js'
import { keptFault, notKept } from './kept-fault.js'
import type { KeptGroups, KeptPlan } from './kept-groups.js'
import { keptGroups } from './kept-parquet.js'
import { replayRows } from './row-replay.js'

/** What a map task over kept groups does. */
export interface KeptMapTask extends Pick<MapTask, 'keyset' | 'params' | 'folder' | 'name' | 'groupsMax'> {
  readonly kept: KeptGroups
  readonly plan: KeptPlan
}

/** Who looks on, and reads Parquet. */
export interface KeptMapWatch extends Pick<MapWatch, 'onProgress' | 'onRow' | 'onGroup' | 'signal'> {
  readonly duck: () => Promise<Duck>
}

/**
 * Maps what a task of an earlier run kept, by the rule as it is now: its functions run once for each group, and for each record that was
 * read by rows. What comes of it is what a scan of the input would give.
 *
 * @throws RuleError `input`: functions ask for what was not kept, or fail for a group, of whose records nobody knows the lines any more;
 * `function` and `fault` as `runMap`; the signal's reason when that is aborted.
 */
export async function mapKept(rule: RuleDefinition, task: KeptMapTask, watch: KeptMapWatch): Promise<MapOutput> {
  const scope = openScope(rule, task)
  const { kept } = task
  using made = new TaskFiles(task)
  const mapper = new GroupMapper(scope.keysets, { ...scope, groupsMax: task.groupsMax, spill: made.spill })
  const sink = new CountingSink(mapper, made.badRows, watch.onRow)
  const { counters } = sink
  const onProgress = (): void => {
    watch.onProgress(counters.rowsRead, counters.bytesRead)
    watch.signal.throwIfAborted()
  }
  const onGroup = watch.onGroup ?? (() => {})
  const plan = planOf(task)
  const taker = new GroupTaker({ scope, plan, mapper, sink, keeper: null, watch: { onProgress, onGroup } })
  for (const [at, { scan }] of task.plan.scans.entries()) {
    const from = kept.scans[scan]
    if (from === undefined) continue
    for await (const batch of keptGroups(await watch.duck(), from)) {
      if (at === 0) for (const { count } of batch) counters.rowsRead += count
      if (!batch.every((group) => taker.take(at, group))) break
      onProgress()
      await setImmediate()
    }
    taker.end(at)
    if (taker.again !== null) throw againFault(taker.again)
  }
  onGroup(0)
  const rows = counters.rowsRead
  if (kept.lines !== null) await replayRows(kept.lines, { reader: rule.input, sink, onBlock: onProgress })
  counters.bytesRead = kept.bytesRead
  return made.output(mapper, sink, { engine: 'groups', reason: '', rows, groups: taker.groups })
}

/** The kept scans, each with the keysets that it is for now. */
const planOf = ({ kept, plan }: KeptMapTask): GroupPlan => ({
  scans: plan.scans.map(({ keysets, scan }) => ({
    keysets,
    fields: kept.scans[scan]?.fields ?? null,
    values: kept.scans[scan]?.values ?? [],
  })),
  isForced: true,
})

const againFault = ({ needs, reason }: GroupsAgain) => (needs === undefined ? keptFault(reason) : notKept(needs))
