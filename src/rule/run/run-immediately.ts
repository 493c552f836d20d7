import type { RunOutcome, RunRequest } from './run-request.js'

/**
 * Runs a rule in this process and waits for its end, by the same plan as the daemon's: with a kitchen in memory, or, when it archives
 * or tags what is in a kitchen, with a run of that kitchen, which others take over should this process die.
 *
 * Dispose of the outcome when its files have been read. No code of the user's runs on this thread. The command line calls it as
 * a member of its `Library`, since threads load the modules of users with the package that this file belongs to.
 *
 * @throws RuleError that says what is wrong; after one nothing is left, unless the rule's `save` keeps its files. ArgumentError when the
 * request is out of its bounds.
 */
export async function runImmediately(_request: RunRequest): Promise<RunOutcome> {
  throw new Error('not yet')
}
