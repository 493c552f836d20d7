/** What bench/programs.mjs asked this process to do. */
export const task = JSON.parse(process.argv[2])

/** Answers what was measured. */
export const report = (metrics) => console.log(JSON.stringify(metrics))

/** A payload of about a hundred bytes of JSON. */
export const payloadOf = (number) => ({
  number,
  email: `someone-${number}@example.com`,
  text: 'Your order is on its way to you.',
})

/**
 * Starts the clock. Asked once the work is done, it tells how many a second there were, and the processor's time for
 * each in microseconds, threads included: the one figure that a busy neighbour changes little.
 */
export function startClock() {
  const startedMs = performance.now()
  const startedCpu = process.cpuUsage()
  return (count) => {
    const { user, system } = process.cpuUsage(startedCpu)
    return { rate: (count / (performance.now() - startedMs)) * 1_000, cpuUs: (user + system) / count }
  }
}

export const kitchenUrl = `sqlite:${task.folder}/hob.db`

/** Puts jobs on the queue `q`, and closes the kitchen, so that SQLite's log is written back before the measuring. */
export async function fillKitchen(openKitchen, count) {
  const kitchen = await openKitchen(kitchenUrl)
  const queue = kitchen.queue('q')
  for (let from = 0; from < count; from += 1_000) await queue.sendMany(payloads(from, Math.min(1_000, count - from)))
  await kitchen.close()
}

export const payloads = (from, count) => Array.from({ length: count }, (_, index) => payloadOf(from + index))
