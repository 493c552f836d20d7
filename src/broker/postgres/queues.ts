import type { Asker } from './asker.js'
import type { Sql } from './sql.js'
import { LANES } from './states.js'
import { jsonOf } from './text.js'

/** A queue that is known, and the lanes that it has. */
export interface Queue {
  readonly id: number
  readonly lanes: ReadonlySet<number>
}

/** A queue as it is read. */
export interface QueueRow {
  readonly name: string
  readonly id: number
  readonly lanes: readonly number[]
}

/** Queues by name. Their ids never change and they never go, so each is read once. */
export class Queues {
  readonly #sql: Sql
  readonly #known = new Map<string, Queue>()

  constructor(sql: Sql) {
    this.#sql = sql
  }

  /** What is known without asking. */
  get(name: string): Queue | undefined {
    return this.#known.get(name)
  }

  /** Asks for those of these queues that are not known. */
  async learn(asker: Asker, names: Iterable<string>): Promise<void> {
    const unknown = [...new Set(names)].filter((name) => !this.#known.has(name))
    if (unknown.length > 0) this.keep(await readQueues(asker, this.#sql, unknown))
  }

  /** A queue's id, or undefined when it has never had a job. */
  async idOf(asker: Asker, name: string): Promise<number | undefined> {
    await this.learn(asker, [name])
    return this.#known.get(name)?.id
  }

  /** Keeps what was read, or made in a transaction that is committed. */
  keep(rows: Iterable<QueueRow>): void {
    for (const { name, id, lanes } of rows) this.#known.set(name, { id, lanes: new Set(lanes) })
  }
}

/** Queues as they are now; what was never sent to is not among them. */
export const readQueues = (asker: Asker, { queueIds }: Sql, names: readonly string[]): Promise<readonly QueueRow[]> =>
  asker.answer<readonly QueueRow[]>(queueIds, [jsonOf(names)])

/** Makes queues and their lanes, within the transaction of their first jobs. */
export async function makeQueues(
  asker: Asker,
  { makeQueues, makeLanes, queueIds }: Sql,
  ranks: ReadonlyMap<string, ReadonlySet<number>>,
): Promise<readonly QueueRow[]> {
  const names = [...ranks.keys()]
  const lanes = names.flatMap((queue) =>
    [...Object.values(LANES), ...(ranks.get(queue) ?? [])].map((lane) => ({ queue, lane })),
  )
  await asker.answer(makeQueues, [jsonOf(names)])
  await asker.answer(makeLanes, [jsonOf(lanes)])
  return asker.answer<readonly QueueRow[]>(queueIds, [jsonOf(names)])
}
