import { join } from 'node:path'
import type { TakenJob } from '../broker/job-store.js'
import { ArgumentError } from '../core/errors.js'
import type { Command } from './command/command.js'
import { resolveCommand } from './command/resolve.js'
import { orderEnvironment } from './environment.js'
import { type Order, parseOrder } from './payload.js'
import { compileTemplate } from './template.js'

/** The command of one order. */
export interface OrderCommand extends Command {
  /** As it was typed, arguments put in: for people, in logs and before output. */
  readonly words: readonly string[]
  readonly order: Order
}

/** Makes an order's command. Throws HobError when the order does not fit, or its command cannot be found. */
export type CommandBuilder = (job: Pick<TakenJob, 'id' | 'payload' | 'attempt' | 'lease'>) => OrderCommand

/** The command, and what its orders share. */
export interface CommandOptions {
  /** The command's name and its arguments, with placeholders. */
  readonly words: readonly string[]
  /** Hand the words to `/bin/sh -c` as one script. */
  readonly shell: boolean
  /** Give the payload on standard input, and as arguments only what placeholders ask for. */
  readonly stdin: boolean
  /** Keep output in a folder for each order here; null: it is only printed. */
  readonly resultsFolder: string | null
  readonly cwd: string
  readonly path: string
}

/**
 * Prepares the command that orders are put into.
 *
 * @throws ArgumentError when there is no command. CommandError when it is the same for all orders and cannot be run.
 */
export function commandBuilder(options: CommandOptions): CommandBuilder {
  const { words, shell, stdin, resultsFolder } = options
  const [name] = words
  if (name === undefined || name === '') throw new ArgumentError('there is no command to run')
  // What comes on standard input may be too long to be an argument as well.
  const fill = compileTemplate(words, { shell, appends: !stdin })
  const find = finder(options)
  // A name without braces is the same for all orders: a fault shows before any of them is taken.
  if (!shell && !name.includes('{')) find(name)

  return (job) => {
    const order = parseOrder(job.payload)
    const filled = fill(order)
    const [file = '', ...args] = shell ? ['/bin/sh', '-c', ...filled] : filled
    return {
      words: filled,
      order,
      file: find(file),
      args,
      env: orderEnvironment({ id: job.id, attempt: job.attempt, queue: job.lease.queue }, order),
      ...(stdin ? { stdin: order.stdin } : {}),
      ...(resultsFolder === null ? {} : { outputFolder: join(resultsFolder, job.id) }),
    }
  }
}

/** Looks each name up once. */
function finder({ cwd, path }: CommandOptions): (name: string) => string {
  const found = new Map<string, string>()
  return (name) => {
    const known = found.get(name)
    if (known !== undefined) return known
    const file = resolveCommand(name, { cwd, path })
    // Only a few names are expected; a list with a command of its own in each row shall not fill the memory.
    if (found.size < 1_000) found.set(name, file)
    return file
  }
}
