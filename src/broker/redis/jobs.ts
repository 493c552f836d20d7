import { CRASHES_MAX } from '../../core/limits.js'
import type { JobStore, Lease, ReturnedJob, Step, StepResult, Sweep, Swept, Take, TakenJob } from '../job-store.js'
import type { Scripts } from './scripts.js'
import { headOf, NO_CHANGES, payloadOf, readChanges } from './texts.js'
import type { RedisWakeups } from './wakeups.js'
import type { Writer } from './writer.js'

/** What `take` answers when there was something. */
type TakeReply = readonly [
  epoch: string,
  ids: string,
  records: readonly string[],
  lives: readonly (string | null | false)[],
]

type SweepReply = readonly [due: number, dropped: number, more: string, ...returned: (string | number)[]]

/** The job store on Redis. */
export class RedisJobs implements JobStore {
  readonly #writer: Writer
  readonly #scripts: Scripts
  readonly #wakeups: RedisWakeups

  constructor(writer: Writer, scripts: Scripts, wakeups: RedisWakeups) {
    this.#writer = writer
    this.#scripts = scripts
    this.#wakeups = wakeups
  }

  commit(steps: readonly Step[]): Promise<readonly StepResult[]> {
    return this.#writer.commit(steps)
  }

  async take({ queue, node, countMax, leaseMs, suspectsMax = 1 }: Take): Promise<readonly TakenJob[]> {
    const heard = this.#wakeups.heardOf(queue)
    const reply = await this.#writer.run(this.#scripts.take, [queue, node, countMax, leaseMs, suspectsMax])
    if (typeof reply !== 'number') return takenJobs(queue, reply as TakeReply)
    // A take that passed over suspects does not say that nothing is ready.
    if (suspectsMax > 0) this.#wakeups.noteEmpty(queue, reply, heard)
    return []
  }

  async extend(leases: readonly Lease[], leaseMs: number): Promise<readonly Lease[]> {
    if (leases.length === 0) return []
    const words = leases.flatMap(({ queue, epoch }) => [queue, epoch])
    const lost = (await this.#writer.run(this.#scripts.extend, [leaseMs, ...words])) as readonly number[]
    return lost.flatMap((position) => leases[position - 1] ?? [])
  }

  async sweep({ queue, keep, countMax }: Sweep): Promise<Swept> {
    const { doneMax, errorMax, doneMs, errorMs } = keep
    const args = [queue, countMax, bound(doneMax), bound(errorMax), bound(doneMs), bound(errorMs)]
    const reply = (await this.#writer.run(this.#scripts.sweep, args)) as SweepReply
    const [dueCount, droppedCount, more, ...words] = reply
    return { returned: returnedJobs(words), dueCount, droppedCount, hasMore: more === 'more' }
  }
}

const bound = (keep = Number.POSITIVE_INFINITY): number => (keep === Number.POSITIVE_INFINITY ? -1 : keep)

function takenJobs(queue: string, [epoch, idsText, records, lives]: TakeReply): readonly TakenJob[] {
  const lease: Lease = { queue, epoch: Number(epoch) }
  const ids = idsText.split(' ')
  return records.map((text, n) => {
    const head = headOf(text)
    const life = lives[n]
    const { failures, crashes } = life ? readChanges(life) : NO_CHANGES
    return {
      id: ids[n] ?? '',
      lease,
      payload: payloadOf(text),
      attempt: failures + crashes + 1,
      failures,
      attemptsMax: head.attemptsMax,
      isSuspect: crashes === CRASHES_MAX - 1,
      sentMs: head.sentMs,
    }
  })
}

function returnedJobs(words: readonly (string | number)[]): readonly ReturnedJob[] {
  const returned: ReturnedJob[] = []
  for (let at = 0; at < words.length; at += 4) {
    const [id, node, crashes, state] = words.slice(at, at + 4)
    returned.push({
      id: String(id),
      node: String(node),
      crashes: Number(crashes),
      state: state === 'ready' ? 'ready' : 'error',
    })
  }
  return returned
}
