import { openBroker, openOwnBroker } from './engines.js'
import { kitchenParts } from './queue/kitchen-parts.js'
import type { ResultProcessor } from './rule/rule.js'
import { runInKitchen } from './rule/run/run-immediately.js'
import type { RunOutcome, RunRequest } from './rule/run/run-request.js'
import { type BlobsOptions, blobsProcessor } from './rule/warehouse/to-blobs.js'

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
export async function runImmediately(request: RunRequest): Promise<RunOutcome> {
  const broker = await openOwnBroker()
  try {
    return await runInKitchen(request, kitchenParts(broker, 'this process', null))
  } finally {
    await broker.close()
  }
}

/**
 * Makes blobs of JSON lines of each keyset, for other rules to read: `toBlobs({ tag: 'sums:names', kitchen: 'sqlite:hob.db', store: 'file:blobs' })`.
 *
 * A run that is written again makes the same blobs under the same tag. Within one kitchen `resultTag` of the rule does it in the step
 * that ends the run; this is for blobs elsewhere, or under several tags.
 *
 * @throws RuleError `rule` when the options make no sense. Nothing is opened before a run is written.
 */
export const toBlobs = (options: BlobsOptions): ResultProcessor => blobsProcessor(options, openBroker)
