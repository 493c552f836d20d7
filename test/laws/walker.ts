import assert from 'node:assert/strict'
import type { Broker } from '#hob/broker/broker.js'
import type { JobLife, LeaseView } from '#hob/broker/control.js'
import type { JobId, Lease, ReturnedJob, Step, StepResult, Swept, TakenJob } from '#hob/broker/job-store.js'
import { hasEnded, type JobState } from '#hob/core/job-state.js'
import type { Command, StepCommand } from './commands.js'
import type { EngineUnderTest, Scratch } from './engine.js'
import { assertCounted } from './shorthand.js'

/** All that can be seen of a kitchen, in the walker's own numbers. */
export interface Sight {
  readonly queues: readonly object[]
  readonly jobs: readonly object[]
  readonly leases: readonly object[]
  readonly records: readonly object[]
}

/**
 * Leads one engine through a walk and holds it to what every engine promises. Ids, epochs and times come out as numbers
 * counted from the start of the walk, so that two engines can be compared.
 */
export class Walker {
  readonly #scratch: Scratch
  readonly #startMs: number
  #broker: Broker
  /** The number of each id that was ever sent. */
  readonly #numbers = new Map<JobId, number>()
  readonly #epochs = new Map<number, number>()
  /** Everything that was ever taken, latest first; what was settled stays, to be settled again too late. */
  readonly #taken: TakenJob[] = []
  readonly #settled = new Set<TakenJob>()
  /** Jobs that must be there, with the state in which they were seen last. */
  #states = new Map<JobId, JobState>()

  private constructor(scratch: Scratch, startMs: number) {
    this.#scratch = scratch
    this.#broker = scratch.broker
    this.#startMs = startMs
  }

  static async start(engine: EngineUnderTest): Promise<Walker> {
    const scratch = await engine.open()
    return new Walker(scratch, (await scratch.broker.describe()).nowMs)
  }

  stop(): Promise<void> {
    return this.#scratch.dispose()
  }

  /** Carries out a command and answers what the engine said. */
  async step(command: Command): Promise<unknown> {
    switch (command.kind) {
      case 'commit':
        return this.#commit(command.steps)
      case 'take':
        return this.#take(command)
      case 'extend':
        return this.#extend(command.nths, command.leaseMs)
      case 'pass':
        return this.#scratch.pass(command.ms)
      case 'sweep':
        return this.#sweep(command)
      case 'change':
        return this.#change(command)
      case 'pause':
        return this.#broker.pause(command)
      case 'reset':
        return this.#broker.reset(command)
      case 'clean':
        return this.#clean(command)
      case 'reopen':
        this.#broker = await this.#scratch.reopen()
        return undefined
    }
  }

  /** Looks at everything, and holds it to the promises. */
  async look(): Promise<Sight> {
    await assertCounted(this.#broker)
    const queues = await this.#broker.queues()
    const leases = (await Promise.all(queues.map(({ queue }) => this.#broker.leases(queue)))).flat()
    const lives = await this.#lives()
    this.#assertPresent(lives)
    assertHeldOnce(lives, leases)
    await this.#assertOldest(
      queues.map(({ queue }) => queue),
      lives,
    )
    return {
      queues: queues.map(({ queue, counts, isPaused }) => ({ queue, counts: { ...counts }, isPaused })),
      jobs: lives.map((life) => this.#lifeShown(life)),
      leases: leases.map((lease) => this.#leaseShown(lease)),
      records: await this.#broker.records('', { countMax: 10_000 }),
    }
  }

  async #commit(commands: readonly StepCommand[]): Promise<unknown> {
    const ends = commands.map(({ settle }) => (settle ? this.#nth(settle.nth) : undefined))
    const steps = commands.map(({ settle, ...rest }, n): Step => {
      const job = ends[n]
      return settle && job ? { ...rest, settle: { ...settle, job: job.id, lease: job.lease } } : rest
    })
    const results = await this.#broker.commit(steps)
    assert.equal(results.length, steps.length)
    results.forEach((result, n) => {
      this.#noteSent(result)
      const job = ends[n]
      if (job && result.kind !== 'lost' && result.kind !== 'conflict') this.#noteSettled(job)
    })
    return results.map(({ kind, sent }) => ({
      kind,
      sent: sent.map(({ id, isNew }) => ({ id: this.#number(id), isNew })),
    }))
  }

  async #take(command: Extract<Command, { kind: 'take' }>): Promise<unknown> {
    const jobs = await this.#broker.take(command)
    assert.ok(jobs.length <= command.countMax)
    assert.ok(jobs.filter(({ isSuspect }) => isSuspect).length <= command.suspectsMax)
    const lastEpoch = Math.max(0, ...this.#epochs.keys())
    for (const { lease } of jobs) assert.ok(lease.epoch > lastEpoch, 'the epoch rises at every take')
    this.#taken.unshift(...jobs)
    return jobs.map(({ id, lease, sentMs, ...job }) => ({
      ...job,
      id: this.#number(id),
      epoch: this.#epoch(lease.epoch),
      sentMs: this.#sinceStart(sentMs),
    }))
  }

  async #extend(nths: readonly number[], leaseMs: number): Promise<unknown> {
    const leases = nths.flatMap((nth): Lease[] => {
      const job = this.#nth(nth)
      return job ? [job.lease] : []
    })
    const lost = await this.#broker.extend(leases, leaseMs)
    return lost.map(({ epoch }) => this.#epoch(epoch))
  }

  /** Of jobs that are there or were, counted from the latest. */
  async #change({ nths, change }: Extract<Command, { kind: 'change' }>): Promise<unknown> {
    const sent = [...this.#numbers.keys()].reverse()
    const ids = nths.flatMap((nth) => sent[nth] ?? [])
    if (ids.length === 0) return []
    const changed = await this.#broker.change(ids, change)
    for (const [at, id] of ids.entries()) {
      if (changed[at] === 'changed' && change.kind === 'drop') this.#states.delete(id)
    }
    return changed
  }

  /** Sweeps until nothing is left, however much the engine does in one call. */
  async #sweep(command: Extract<Command, { kind: 'sweep' }>): Promise<unknown> {
    const { sweeps, droppedCount, dueCount } = await sweepAll(this.#broker, command)
    await this.#noteDropped(command.queue, droppedCount)
    const returned = sweeps.flatMap((swept) => swept.returned)
    const shown = returned.map((job: ReturnedJob) => ({ ...job, id: this.#number(job.id) }))
    return { dueCount, droppedCount, returned: shown.sort((a, b) => a.id - b.id) }
  }

  async #clean(command: Extract<Command, { kind: 'clean' }>): Promise<unknown> {
    const answer = await this.#broker.clean(command)
    const left = new Set((await this.#lives()).map(({ id }) => id))
    const deleted = [...this.#states.keys()].filter((id) => !left.has(id))
    assert.equal(deleted.length, answer.deleted)
    if (answer.running === 0) assert.deepEqual(await this.#broker.jobs({ queue: command.queue, countMax: 1 }), [])
    for (const id of deleted) this.#states.delete(id)
    return answer
  }

  #nth(nth: number): TakenJob | undefined {
    return this.#taken[nth]
  }

  #noteSent({ sent }: StepResult): void {
    for (const { id, isNew } of sent) {
      assert.equal(this.#numbers.has(id), !isNew, 'an id is new when its job is, and never used again')
      if (!isNew) continue
      this.#numbers.set(id, this.#numbers.size + 1)
      this.#states.set(id, 'ready')
    }
  }

  #noteSettled(job: TakenJob): void {
    assert.ok(!this.#settled.has(job), `job ${job.id} was settled twice under epoch ${job.lease.epoch}`)
    this.#settled.add(job)
  }

  /** Only jobs that had ended may be dropped, and as many as the sweep says. */
  async #noteDropped(queue: string, droppedCount: number): Promise<void> {
    const left = new Map((await this.#lives()).map((life) => [life.id, life]))
    const dropped = [...this.#states].filter(([id]) => !left.has(id))
    assert.equal(dropped.length, droppedCount, `dropped from ${queue}`)
    for (const [id, state] of dropped) {
      // A job that crashed for the last time may be set aside and dropped in one sweep.
      assert.ok(hasEnded(state) || state === 'running', `job ${id} was dropped although it was ${state}`)
      this.#states.delete(id)
    }
  }

  #assertPresent(lives: readonly JobLife[]): void {
    const ids = lives.map(({ id }) => id)
    assert.deepEqual(new Set(ids), new Set(this.#states.keys()), 'every job that was sent is there, and no other')
    this.#states = new Map(lives.map(({ id, state }) => [id, state]))
  }

  async #lives(): Promise<JobLife[]> {
    const views = await this.#broker.jobs({ countMax: 10_000 })
    const lives = await Promise.all(views.map(({ id }) => this.#broker.job(id)))
    return lives.filter((life) => life !== undefined)
  }

  /** Of what was expedited the first is looked at, which need not be the longest due after time was turned back. */
  async #assertOldest(queues: readonly string[], lives: readonly JobLife[]): Promise<void> {
    for (const [at, oldest] of (await this.#broker.oldestReady(queues)).entries()) {
      const ready = lives.filter(({ queue, state }) => queue === queues[at] && state === 'ready')
      const plain = Math.min(...ready.filter(({ isExpedited }) => !isExpedited).map(({ dueMs }) => dueMs))
      const expedited = ready.filter(({ isExpedited }) => isExpedited).map(({ dueMs }) => dueMs)
      const wanted: readonly (number | null)[] =
        ready.length === 0 ? [null] : [plain, ...expedited].filter((dueMs) => dueMs <= plain)
      assert.ok(wanted.includes(oldest), `the oldest ready job of ${queues[at]}: ${oldest} and not ${wanted}`)
    }
  }

  #lifeShown({ lease, history, ...view }: JobLife): object {
    return {
      ...view,
      id: this.#number(view.id),
      sentMs: this.#sinceStart(view.sentMs),
      dueMs: this.#sinceStart(view.dueMs),
      startedMs: this.#sinceStart(view.startedMs),
      settledMs: this.#sinceStart(view.settledMs),
      epoch: lease && this.#epoch(lease.lease.epoch),
      history: history.map((attempt) => ({
        ...attempt,
        startedMs: this.#sinceStart(attempt.startedMs),
        endedMs: this.#sinceStart(attempt.endedMs),
      })),
    }
  }

  #leaseShown({ lease, takenMs, jobs, ...view }: LeaseView): object {
    return {
      ...view,
      queue: lease.queue,
      epoch: this.#epoch(lease.epoch),
      takenMs: this.#sinceStart(takenMs),
      jobs: jobs.map((id) => this.#number(id)).sort((a, b) => a - b),
    }
  }

  #number(id: JobId): number {
    const number = this.#numbers.get(id)
    assert.ok(number !== undefined, `job ${id} was never sent`)
    return number
  }

  /** Epochs in the order in which they were first seen. */
  #epoch(epoch: number): number {
    const number = this.#epochs.get(epoch) ?? this.#epochs.size + 1
    this.#epochs.set(epoch, number)
    return number
  }

  #sinceStart(ms: number | null): number | null {
    return ms === null ? null : ms - this.#startMs
  }
}

/** A job that runs is held by exactly one lease, and a lease holds only what runs. */
function assertHeldOnce(lives: readonly JobLife[], leases: readonly LeaseView[]): void {
  const held = leases.flatMap(({ jobs }) => jobs)
  const running = lives.filter(({ state }) => state === 'running').map(({ id }) => id)
  assert.equal(new Set(held).size, held.length, 'no job is held twice')
  assert.deepEqual(new Set(held), new Set(running), 'what runs is held, and what is held runs')
  assert.ok(
    leases.every(({ jobs }) => jobs.length > 0),
    'a lease without jobs is over',
  )
}

async function sweepAll(
  broker: Broker,
  { queue, keep, countMax }: Extract<Command, { kind: 'sweep' }>,
): Promise<{ sweeps: Swept[]; dueCount: number; droppedCount: number }> {
  const sweeps: Swept[] = []
  let isOver = false
  while (!isOver) {
    const swept = await broker.sweep({ queue, keep, countMax })
    for (const count of [swept.returned.length, swept.dueCount, swept.droppedCount]) assert.ok(count <= countMax)
    sweeps.push(swept)
    isOver = !swept.hasMore
    assert.ok(sweeps.length < 1_000, 'a sweep must come to an end')
  }
  const sum = (countOf: (swept: Swept) => number): number => sweeps.reduce((total, swept) => total + countOf(swept), 0)
  return { sweeps, dueCount: sum((swept) => swept.dueCount), droppedCount: sum((swept) => swept.droppedCount) }
}
