import { processorUs } from '../processor-time.mjs'

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

export const payloads = (from, count) => Array.from({ length: count }, (_, index) => payloadOf(from + index))

/**
 * Starts the clock. Asked once the work is done, it tells how many a second there were, and the processor's time for
 * each in microseconds, threads included, and that of the store's server where there is one: the figures that a busy
 * neighbour changes little.
 */
export function startClock() {
  const startedMs = performance.now()
  const startedCpu = process.cpuUsage()
  const startedServerUs = serverUs()
  return (count) => {
    const rate = (count / (performance.now() - startedMs)) * 1_000
    const { user, system } = process.cpuUsage(startedCpu)
    return { rate, cpuUs: (user + system) / count, serverUs: (serverUs() - startedServerUs) / count }
  }
}

const serverUs = () => (task.serverPid === undefined ? 0 : processorUs(task.serverPid))

/** Where Hob's own tasks on SQLite find their kitchen. */
export const kitchenUrl = task.url ?? `sqlite:${task.folder}/hob.db`
