import { isLocked, isLost } from './errors.js'
import type { Link } from './link.js'
import type { Pool } from './pool.js'
import type { Sql } from './sql.js'

/** After this many jobs taken from a queue the fronts of its lanes are moved, and not more often than this. */
const RAISE_JOBS = 1_000
const RAISE_MS = 50

/** A moment that is to be over for all: who had read the clock before it has a lower number. */
interface Moment {
  readonly atMs: number
  readonly tallyId: number
  /** The number of the transaction that read it, drawn afterwards. */
  readonly number: number
}

/** What is known of one queue here. */
interface Mark {
  taken: number
  raisedAtMs: number
  isRaising: boolean
  before: Moment | null
}

/**
 * Moves the fronts of lanes along, so that takes begin at what waits and not at what was taken.
 *
 * A front may move to a moment once all transactions that were under way then have ended: each has its number before it
 * reads the clock, so that whatever it put at an older place is seen by now, or will never be. Who reads the moment has his
 * number after it, so that those with lower numbers are all of them; the end of a snapshot is not past those that go on.
 */
export class Marks {
  readonly #pool: Pool
  readonly #sql: Sql
  readonly #raiseJobs: number
  readonly #raiseMs: number
  readonly #marks = new Map<number, Mark>()
  #underWay: Promise<void> = Promise.resolve()
  #fault: { readonly error: unknown } | null = null

  /** @param options `raiseAlways` moves them at each take, for tests. */
  constructor(pool: Pool, sql: Sql, { raiseAlways = false }: { readonly raiseAlways?: boolean } = {}) {
    this.#pool = pool
    this.#sql = sql
    this.#raiseJobs = raiseAlways ? 0 : RAISE_JOBS
    this.#raiseMs = raiseAlways ? 0 : RAISE_MS
  }

  /** Jobs were taken; now and then that is worth a move, which nobody waits for. */
  taken(queueId: number, count: number): void {
    const mark = this.#of(queueId)
    mark.taken += count
    if (mark.isRaising || mark.taken < this.#raiseJobs || performance.now() - mark.raisedAtMs < this.#raiseMs) return
    mark.isRaising = true
    const raising = this.#pool
      .use((link) => this.#raise(link, queueId, mark))
      .catch((error: unknown) => {
        // Harmless: another moves them, or the next move does; until then scans are slower.
        if (!isLocked(error) && !isLost(error)) this.#fault ??= { error }
      })
      .finally(() => {
        mark.isRaising = false
      })
    this.#underWay = Promise.all([this.#underWay, raising]).then(() => undefined)
  }

  /**
   * Resolves when no move is under way.
   *
   * @throws What a move failed with that should not have.
   */
  async drain(): Promise<void> {
    await this.#underWay
    if (this.#fault !== null) throw this.#fault.error
  }

  async #raise(link: Link, queueId: number, mark: Mark): Promise<void> {
    mark.taken = 0
    mark.raisedAtMs = performance.now()
    const { before } = mark
    mark.before = await link.transaction(async (commit) => {
      const read = link.rows<{ at_ms: number; tally_id: number }>(this.#sql.moment)
      // The lanes are held by a statement of its own: what the next one sees is then newer than what others put there.
      const held = link.rows(this.#sql.beginRaise, [queueId])
      const raised = link.rows<{ number: number }>(this.#sql.raiseLanes, [
        queueId,
        before?.number ?? null,
        before?.atMs ?? 0,
        before?.tallyId ?? 0,
      ])
      commit()
      const [[now], , [own]] = await Promise.all([read, held, raised])
      return { atMs: now?.at_ms ?? 0, tallyId: now?.tally_id ?? 0, number: own?.number ?? 0 }
    })
  }

  #of(queueId: number): Mark {
    const known = this.#marks.get(queueId)
    if (known !== undefined) return known
    const mark: Mark = { taken: 0, raisedAtMs: Number.NEGATIVE_INFINITY, isRaising: false, before: null }
    this.#marks.set(queueId, mark)
    return mark
  }
}
