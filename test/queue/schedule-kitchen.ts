import type { Broker } from '#hob/broker/broker.js'
import type { JobView } from '#hob/broker/control.js'
import { openMemory } from '#hob/broker/memory/memory.js'
import { MemoryStore } from '#hob/broker/memory/store.js'
import { VirtualClock } from '#hob/core/clock.js'
import { Scheduler, type TickEvent } from '#hob/queue/scheduler.js'
import { Schedules } from '#hob/queue/schedules.js'

/** 2023-11-14 22:13:20 UTC. */
export const START_MS = 1_700_000_000_000

/** A process with a scheduler: it has a broker and a clock of its own. */
export interface SchedulerInTest {
  readonly scheduler: Scheduler
  readonly ticks: TickEvent[]
  readonly faults: unknown[]
  /** As a `kill -9` would: nothing is given back, and nothing more is done. */
  kill(): Promise<void>
}

/** A memory kitchen with schedules, on a clock that the test moves. */
export class ScheduleKitchen {
  readonly clock: VirtualClock = new VirtualClock(START_MS)
  readonly store: MemoryStore = new MemoryStore()
  readonly broker: Broker = this.open()
  readonly schedules: Schedules = new Schedules(this.broker)
  readonly #clocks = [this.clock]

  open(): Broker {
    return openMemory({ clock: this.clock, store: this.store })
  }

  /** @param startMs Of the process's own clock. */
  async scheduler(node = 'a', startMs = 5_000): Promise<SchedulerInTest> {
    const clock = new VirtualClock(startMs)
    this.#clocks.push(clock)
    const [ticks, faults]: [TickEvent[], unknown[]] = [[], []]
    const broker = this.open()
    const events = { onTick: (tick: TickEvent) => ticks.push(tick), onFault: (fault: unknown) => faults.push(fault) }
    const scheduler = new Scheduler(broker, { node, clock, events })
    scheduler.start()
    await turns()
    return { scheduler, ticks, faults, kill: () => broker.close() }
  }

  /** Lets time pass everywhere, in steps so small that what each brings is done in it. */
  async pass(ms: number, stepMs = 1_000): Promise<void> {
    for (let left = ms; left > 0; left -= stepMs) {
      for (const clock of this.#clocks) clock.pass(Math.min(stepMs, left))
      await turns()
    }
  }

  async jobs(queue = 'q'): Promise<readonly JobView[]> {
    return this.broker.jobs({ queue, countMax: 10_000 })
  }

  async payloads(queue = 'q'): Promise<readonly unknown[]> {
    return (await this.jobs(queue)).map(({ payload }) => JSON.parse(payload))
  }

  /** How long after the start of the test jobs were sent, in seconds. */
  async sentSeconds(queue = 'q'): Promise<readonly number[]> {
    return (await this.jobs(queue)).map(({ sentMs }) => (sentMs - START_MS) / 1_000)
  }

  /** Does the first job of the queue that is ready. */
  async doOne(queue = 'q'): Promise<void> {
    const [job] = await this.broker.take({ queue, node: 'w', countMax: 1, leaseMs: 86_400_000 })
    if (job === undefined) throw new Error('no job is ready')
    await this.broker.commit([{ settle: { job: job.id, lease: job.lease, outcome: { kind: 'done' } } }])
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function turns(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await new Promise((resolve) => setImmediate(resolve))
}
