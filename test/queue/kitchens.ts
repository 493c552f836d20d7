import { openMemory } from '#hob/broker/memory/memory.js'
import { MemoryStore } from '#hob/broker/memory/store.js'
import { type Clock, systemClock } from '#hob/core/clock.js'
import { Kitchen } from '#hob/kitchen.js'
import { until } from '../support/until.js'

/** Kitchens on one store: what one does, the other sees through the store only, as if in another process. */
export function sharedKitchens(clock: Clock = systemClock): readonly [Kitchen, Kitchen] {
  const store = new MemoryStore()
  const open = () => new Kitchen('memory:', openMemory({ clock, store }))
  return [open(), open()]
}

/** Waits until all jobs of a queue have ended; answers each one's state and error, oldest first. */
export async function ended(
  kitchen: Kitchen,
  queue: string,
): Promise<(readonly [state: string, error: string | null])[]> {
  await until(`all jobs of ${queue} have ended`, async () => {
    const waiting = await kitchen.broker.jobs({ queue, states: ['scheduled', 'ready', 'running'], countMax: 1 })
    return waiting.length === 0
  })
  const jobs = await kitchen.broker.jobs({ queue, countMax: 10_000 })
  return jobs.map(({ state, error }) => [state, error])
}
