import type { JobId } from '../broker/job-store.js'
import { JOB_STATES, type JobState } from '../core/job-state.js'
import { CliError } from './cli-error.js'
import type { ArgumentSpec } from './command.js'
import { type OptionSpec, option, someOf, word } from './option.js'

/** Jobs that a command is for: those that are named, or those of a queue in some states. */
export type Selection =
  | { readonly kind: 'ids'; readonly ids: readonly JobId[] }
  | { readonly kind: 'queue'; readonly queue: string; readonly states: readonly JobState[] }

/** The ids, where a command may also be for a whole queue. */
export const idsArgument: ArgumentSpec = { syntax: '[id...]', summary: 'The ids of jobs, as hob jobs shows them.' }

/** `--queue`, instead of ids. */
export const insteadOfIds: OptionSpec<string | undefined> = option(
  '-q, --queue <name>',
  'All jobs of this queue that are in the states of --state, instead of single ones.',
  word,
)

/** `--state`, beside `--queue`. */
export const statesOption = (
  states: readonly JobState[],
  standing: string,
): OptionSpec<readonly JobState[] | undefined> =>
  option('--state <states>', `With --queue: only those, with commas between them; ${standing}.`, someOf(states))

/** What the command line says of jobs. */
export interface SelectionWords {
  readonly ids: readonly string[]
  readonly queue: string | undefined
  readonly states: readonly JobState[] | undefined
  /** What stands when `--state` was not given; null: it must be. */
  readonly initial: readonly JobState[] | null
}

/** @throws CliError `usage` when it says neither, both, or too little. */
export function selectionOf({ ids, queue, states, initial }: SelectionWords): Selection {
  if (queue === undefined) {
    if (states !== undefined) throw new CliError('usage', '--state goes with --queue')
    if (ids.length === 0)
      throw new CliError('usage', 'no jobs were named', { hint: 'Give their ids, or --queue NAME.' })
    return { kind: 'ids', ids: [...new Set(ids)] }
  }
  if (ids.length > 0) throw new CliError('usage', 'either ids or --queue, not both')
  const chosen = states ?? initial
  if (chosen === null) {
    const hint = `With --queue, --state says which: some of ${JOB_STATES.filter((state) => state !== 'running').join(', ')}.`
    throw new CliError('usage', '--state is missing', { hint })
  }
  return { kind: 'queue', queue, states: chosen }
}
