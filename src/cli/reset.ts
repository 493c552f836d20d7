import { formatCount } from '../core/count.js'
import { goneNodes, readNodes } from '../queue/presence.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { flag } from './option.js'
import { queueNamed, queueOption } from './queues.js'

/** What became of a queue's orders by a reset. */
export interface ResetReport {
  readonly queue: string
  /** Orders put back from each state. */
  readonly error: number
  readonly running: number
  /** Orders that stay in ERROR, because another one holds their key now. */
  readonly keyHeld: number
  /** Orders that are still RUNNING, and who holds them. */
  readonly stillRunning: number
  readonly holders: readonly string[]
}

/** `hob reset`. */
export const reset: Command = defineCommand({
  args: [],
  options: {
    queue: queueOption,
    running: flag('--running', 'Take back RUNNING orders of live waiters too; their outcome is then refused.'),
  },
  examples: [
    { line: 'hob reset', says: 'Try again what failed, and what a killed waiter of this machine left behind.' },
    { line: 'hob reset --running', says: 'Take back everything that runs, wherever it runs.' },
  ],
  notes:
    'An order is RUNNING for a waiter that is gone when the process of the waiter, on this machine, has ended.\n' +
    'Orders of a waiter that died on another machine return by themselves when its lease ends.',
  async run({ options: { queue, running }, globals, terminal: { out }, openBroker }) {
    const broker = await openBroker({ create: false })
    await queueNamed(broker, queue)
    const gone = await goneNodes(await readNodes(broker))
    const counts = await broker.reset({ queue, gone, ...(running && { running }) })
    const held = (await broker.leases(queue)).filter(({ jobs }) => jobs.length > 0)
    const report: ResetReport = {
      queue,
      ...counts,
      stillRunning: held.reduce((sum, { jobs }) => sum + jobs.length, 0),
      holders: [...new Set(held.map(({ node }) => node))],
    }
    if (globals.json) out.json(report)
    else for (const line of tellReset(report)) out.line(line)
    return EXIT_OK
  },
})

/** A reset in sentences. */
export function tellReset({ queue, error, running, keyHeld, stillRunning, holders }: ResetReport): readonly string[] {
  const lines = [`reset ${queue}: ${formatCount(error)} ERROR and ${formatCount(running)} RUNNING put back to READY`]
  if (keyHeld > 0) lines.push(`${formatCount(keyHeld)} stay in ERROR: another order holds their key now`)
  if (stillRunning > 0) lines.push(`${formatCount(stillRunning)} still RUNNING with ${holders.join(', ')}`)
  return lines
}
