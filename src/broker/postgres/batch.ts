import type { Lease, NewJob, SentJob, Settle, Take } from '../job-store.js'
import { int8Array, textArray } from './arrays.js'
import type { Holdings } from './holdings.js'
import type { Link } from './link.js'
import type { Sql } from './sql.js'
import { EXPEDITED_RANK } from './states.js'
import { readTaken, type TakeAnswer, takeValues } from './take.js'
import { toStored, toStoredOrNull } from './text.js'

/** Most jobs that one statement adds, and most characters of their payloads. */
const TOGETHER_MAX = 5_000
const TOGETHER_LENGTH_MAX = 16 * 1024 * 1024

/** New jobs of one queue that differ in nothing but their payloads, without keys. */
interface SendGroup {
  readonly like: NewJob
  readonly queueId: number
  readonly payloads: string[]
  readonly tells: ((sent: SentJob) => void)[]
  length: number
}

/** Good ends of jobs of one queue, by leases that this process knows to hold them. */
interface SettleGroup {
  readonly epochs: Set<number>
  readonly leases: Lease[]
  readonly forgotten: number[]
  readonly kept: Settle[]
}

/** What the calls of one turn ask for, put together into as few statements as possible; most have one. */
export class Batch {
  readonly #sql: Sql
  readonly #holdings: Holdings
  readonly #sends: SendGroup[] = []
  readonly #settles = new Map<number, SettleGroup>()
  readonly #takes: { readonly queueId: number; readonly take: Take; readonly tell: (answer: TakeAnswer) => void }[] = []
  #isBehind = false

  constructor(sql: Sql, holdings: Holdings) {
    this.#sql = sql
    this.#holdings = holdings
  }

  /** Whether the clock was found to have been turned back. */
  get isBehind(): boolean {
    return this.#isBehind
  }

  /** A job without a key, to a queue that has the lane of its rank. */
  send(job: NewJob, queueId: number, tell: (sent: SentJob) => void): void {
    const last = this.#sends.at(-1)
    const isTogether =
      last !== undefined &&
      isAlike(last.like, job) &&
      last.payloads.length < TOGETHER_MAX &&
      last.length + job.payload.length < TOGETHER_LENGTH_MAX
    const group = isTogether ? last : { like: job, queueId, payloads: [], tells: [], length: 0 }
    if (!isTogether) this.#sends.push(group)
    group.payloads.push(toStored(job.payload))
    group.tells.push(tell)
    group.length += job.payload.length
  }

  /** The good end of a job whose lease was given for it. */
  settle(settle: Settle, id: number, queueId: number): void {
    const group = this.#settles.get(queueId) ?? { epochs: new Set(), leases: [], forgotten: [], kept: [] }
    this.#settles.set(queueId, group)
    group.epochs.add(settle.lease.epoch)
    group.leases.push(settle.lease)
    if (settle.forget) group.forgotten.push(id)
    else group.kept.push(settle)
  }

  take(take: Take, queueId: number, tell: (answer: TakeAnswer) => void): void {
    this.#takes.push({ queueId, take, tell })
  }

  /**
   * Carries all of it out: one statement by itself, several as one transaction, on their way together.
   *
   * @throws The first error; then nothing took effect, and nobody was told anything that counts.
   */
  async carryOut(link: Link): Promise<void> {
    // Settles before takes, since a taker mostly has just settled; sends before them, so that a take can find them.
    const parts = [
      ...[...this.#settles].map(
        ([queueId, group]) =>
          () =>
            this.#issueSettle(link, queueId, group),
      ),
      ...this.#sends.map((group) => () => this.#issueSend(link, group)),
      ...this.#takes.map((one) => () => this.#issueTake(link, one)),
    ]
    const [first] = parts
    if (parts.length > 1) await link.together(() => parts.map((issue) => issue()))
    else if (first !== undefined) await first()
  }

  /** It has become durable: what was settled is held no longer. */
  end(): void {
    for (const { leases } of this.#settles.values()) for (const lease of leases) this.#holdings.end(lease)
  }

  async #issueSend(link: Link, { like, queueId, payloads, tells }: SendGroup): Promise<void> {
    const { priority = 0, delayMs = 0, attemptsMax = null, expedite, queue } = like
    const rank = expedite ? EXPEDITED_RANK : -priority
    const values = [queueId, rank, priority, delayMs, attemptsMax, textArray(payloads), queue]
    const [row] = await link.arrays<[number, string | null, boolean]>(this.#sql.send, values)
    const [firstId = 0, idsText = null, isBehind = false] = row ?? []
    if (isBehind) this.#isBehind = true
    const ids = idsText === null ? undefined : (JSON.parse(idsText) as number[])
    for (const [at, tell] of tells.entries()) tell({ id: String(ids?.[at] ?? firstId + at), isNew: true })
  }

  async #issueSettle(link: Link, queueId: number, { epochs, forgotten, kept }: SettleGroup): Promise<void> {
    const values = [
      int8Array([...epochs]),
      Math.min(...epochs),
      int8Array(forgotten),
      queueId,
      int8Array(kept.map(({ job }) => Number(job))),
      int8Array(kept.map(({ lease }) => lease.epoch)),
      int8Array(kept.map(({ report }) => report?.ranMs ?? -1)),
      int8Array(kept.map(({ report }) => report?.exitCode ?? null)),
      textArray(kept.map(({ outcome }) => (outcome.kind === 'done' ? toStoredOrNull(outcome.result) : null))),
      int8Array(this.#holdings.drainOver()),
    ]
    const [row] = await link.arrays<[boolean, boolean]>(this.#sql.settle, values)
    if (row?.[1]) this.#isBehind = true
  }

  async #issueTake(
    link: Link,
    {
      queueId,
      take,
      tell,
    }: { readonly queueId: number; readonly take: Take; readonly tell: (answer: TakeAnswer) => void },
  ): Promise<void> {
    const answer = readTaken(take, await link.arrays(this.#sql.take, takeValues(take, queueId)))
    if (answer.isBehind) this.#isBehind = true
    tell(answer)
  }
}

/** Whether jobs differ in nothing but their payloads, keys apart. */
export const isAlike = (one: NewJob, other: NewJob): boolean =>
  one.queue === other.queue &&
  (one.priority ?? 0) === (other.priority ?? 0) &&
  (one.delayMs ?? 0) === (other.delayMs ?? 0) &&
  one.attemptsMax === other.attemptsMax &&
  one.expedite === other.expedite
