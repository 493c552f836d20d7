import { join } from 'node:path'
import type { GroupScan, MapPath } from '../groups/group-plan.js'
import { GroupKeeper } from '../kept/group-keeper.js'
import type { MapOutput, MapTask } from '../map-output.js'
import { BadRows } from './bad-rows.js'
import type { CountingSink } from './counting-sink.js'
import type { RowMapper } from './row-mapper.js'
import { Spill } from './spill.js'
import { TextFile } from './text-file.js'

/** What a map task writes, which it lets go of whatever happens. */
export class TaskFiles implements Disposable {
  readonly spill: Spill
  readonly badRows: BadRows
  /** Keeps the groups of the task; null: nobody asked for it. */
  readonly keeper: GroupKeeper | null

  /** @param kept The scans whose groups are kept; none unless given. */
  constructor({ folder, name }: Pick<MapTask, 'folder' | 'name'>, kept: readonly GroupScan[] | null = null) {
    this.spill = new Spill(folder, name)
    this.badRows = new BadRows(new TextFile(join(folder, `${name}-bad.jsonl`)))
    this.keeper = kept && new GroupKeeper(kept, folder, name)
  }

  /** Ends all of them. */
  output(mapper: RowMapper, { counters }: CountingSink, path: MapPath): MapOutput {
    mapper.spill()
    const kept = this.keeper?.close(counters.bytesRead) ?? null
    const spills = this.spill.close()
    return { spills, path, counters, badRows: this.badRows.list, badFile: this.badRows.close(), kept }
  }

  /** Removes all of it. */
  discard<T>(again: T): T {
    this.spill.discard()
    this.badRows.discard()
    this.keeper?.discard()
    return again
  }

  [Symbol.dispose](): void {
    this.spill.abandon()
    this.badRows.abandon()
    this.keeper?.abandon()
  }
}
