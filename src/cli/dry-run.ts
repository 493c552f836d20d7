import type { Control } from '../broker/control.js'
import { HobError } from '../core/errors.js'
import type { CommandBuilder } from '../orders/order-command.js'
import { shellCommand } from '../orders/shell-quote.js'
import { EXIT_OK } from './exit-codes.js'
import type { Output } from './print/output.js'

interface DryRun {
  readonly queue: string
  readonly build: CommandBuilder
  /** Print so many at most; undefined: all. */
  readonly countMax: number | undefined
}

const PAGE = 1_000

/** Prints the command of each order that is ready, in the order in which they were loaded. Takes nothing. */
export async function dryRun(control: Control, { queue, build, countMax }: DryRun, out: Output): Promise<number> {
  let left = countMax ?? Number.POSITIVE_INFINITY
  let after = '0'
  while (left > 0) {
    const jobs = await control.jobs({ queue, states: ['ready'], after, countMax: Math.min(PAGE, left) })
    for (const { id, payload, attempts } of jobs) {
      await out.flow(
        `${lineOf(() => build({ id, payload, attempt: attempts + 1, lease: { queue, epoch: 0 } }).words)}\n`,
      )
    }
    const last = jobs.at(-1)
    if (last === undefined) break
    after = last.id
    left -= jobs.length
  }
  return EXIT_OK
}

/** An order that does not fit its command would fail; the line says so. */
function lineOf(build: () => readonly string[]): string {
  try {
    return shellCommand(build())
  } catch (error) {
    if (error instanceof HobError) return `# ${error.message}`
    throw error
  }
}
