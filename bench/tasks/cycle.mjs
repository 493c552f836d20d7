// What a worker does all the time: settles what it took last, and takes more, both asked for in the same turn.

/**
 * Takes and settles until nothing is ready or the cycles are done; what is held at the end is settled too.
 *
 * @returns The milliseconds of each cycle.
 */
export async function cycle(kitchen, { batch, cycles }) {
  const times = []
  let held = []
  for (let number = 0; number < cycles; number++) {
    const startedMs = performance.now()
    const [jobs] = await Promise.all([takeSome(kitchen, batch), settleAll(kitchen, held)])
    times.push(performance.now() - startedMs)
    held = jobs
    if (jobs.length === 0) break
  }
  await settleAll(kitchen, held)
  return times
}

const takeSome = (kitchen, countMax) => kitchen.broker.take({ queue: 'q', node: 'bench', countMax, leaseMs: 15_000 })

async function settleAll(kitchen, jobs) {
  if (jobs.length === 0) return
  const report = { ranMs: 0 }
  const outcome = { kind: 'done' }
  await kitchen.broker.commit(jobs.map(({ id, lease }) => ({ settle: { job: id, lease, outcome, report } })))
}
