import type { ReturnedJob } from '../job-store.js'
import { Changes, type HeldJob } from './changes.js'
import { crash, type Held, takeBack } from './life.js'
import type { Link } from './link.js'
import type { Sql } from './sql.js'
import { jsonOf } from './text.js'

/** A queue by its name and its id. */
export interface NamedQueue {
  readonly name: string
  readonly id: number
}

type HeldRow = HeldJob & {
  readonly epoch: number
  readonly node: string
  readonly taken_ms: number
  readonly until_ms: number
}

/** Makes jobs ready that have fallen due, at most `countMax` of them, and counts them. */
export async function makeDue(link: Link, { makeDue }: Sql, queueId: number, countMax: number): Promise<number> {
  const [row] = await link.rows<{ count: number }>(makeDue, [queueId, countMax])
  return row?.count ?? 0
}

/** Returns the jobs of leases that have ended, at most `countMax` of them. A lease goes with its last job. */
export function returnEnded(
  link: Link,
  sql: Sql,
  queue: NamedQueue,
  countMax: number,
): Promise<readonly ReturnedJob[]> {
  return link.transaction(async (commit) => {
    const rows = await link.answer<readonly HeldRow[]>(sql.holdEnded, [queue.id, countMax, '[]', false])
    const changes = new Changes(await readNow(link, sql))
    const returned = rows.map((row) => crash(changes, heldOf(queue, row), row.until_ms))
    await write(link, sql, { queue, changes, commit })
    return returned
  })
}

/** Takes back the jobs of leases that have ended, whose node is gone, or of all; answers how many. */
export function takeBackJobs(
  link: Link,
  sql: Sql,
  queue: NamedQueue,
  { gone, all, countMax }: { readonly gone: readonly string[]; readonly all: boolean; readonly countMax: number },
): Promise<number> {
  return link.transaction(async (commit) => {
    const rows = await link.answer<readonly HeldRow[]>(sql.holdEnded, [queue.id, countMax, jsonOf(gone), all])
    const nowMs = await readNow(link, sql)
    const changes = new Changes(nowMs)
    for (const row of rows) takeBack(changes, heldOf(queue, row), nowMs)
    await write(link, sql, { queue, changes, commit })
    return rows.length
  })
}

async function write(
  link: Link,
  sql: Sql,
  { queue, changes, commit }: { readonly queue: NamedQueue; readonly changes: Changes; readonly commit: () => void },
): Promise<void> {
  const calls = [...changes.before(sql), ...changes.moves(sql), ...changes.after(sql, () => queue.id)]
  const written = link.run([...calls, [sql.dropLeases, [queue.id]]])
  commit()
  await written
}

async function readNow(link: Link, { now }: Sql): Promise<number> {
  const [row] = await link.rows<{ now_ms: number }>(now)
  return row?.now_ms ?? 0
}

const heldOf = ({ name }: NamedQueue, row: HeldRow): Held => ({
  queue: name,
  job: row,
  epoch: row.epoch,
  node: row.node,
  takenMs: row.taken_ms,
})
