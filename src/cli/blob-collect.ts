import type { Collected } from '../blob/collect.js'
import { formatBytes } from '../core/bytes.js'
import { formatCount, plural } from '../core/count.js'
import { openBlobs, storeOption } from './blob-store.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { durationWithin, option } from './option.js'
import { isRemoval, removalOptions } from './removal-options.js'

/** `hob blob gc`. */
export const blobCollect: Command = defineCommand({
  args: [],
  options: {
    store: storeOption,
    ...removalOptions,
    graceMs: option(
      '--grace <time>',
      'Leave what was stored, touched or ended since then; 1d unless given.',
      durationWithin('1m', '3650d'),
    ),
  },
  examples: [
    { line: 'hob blob gc', says: 'Which blobs no tag and no run reaches.' },
    { line: 'hob blob gc --remove', says: 'Remove them, from a nightly script.' },
  ],
  notes:
    'It removes nothing that a tag has, or that a run which goes on reads; what is tagged meanwhile survives. It also clears\n' +
    'what killed commands left in the store, and the files of runs that ended. A store that another kitchen uses is refused.',
  async run(invocation) {
    const { options, globals, terminal } = invocation
    const { graceMs } = options
    const remove = isRemoval(options)
    const blobs = await openBlobs(invocation, { create: false })
    const collected = await blobs.collect({ remove, ...(graceMs !== undefined && { graceMs }) })
    if (globals.json) terminal.out.json(collected)
    else for (const line of collectedLines(collected)) terminal.out.line(line)
    return EXIT_OK
  },
})

function collectedLines({
  isRemoved,
  blobs,
  storedBytes,
  keptCount,
  leftoverCount,
  runFolders,
}: Collected): readonly string[] {
  const verb = isRemoved ? 'removed' : 'would remove'
  const parts = [`${plural(blobs.length, 'blob')} (${formatBytes(storedBytes)})`]
  if (leftoverCount > 0) parts.push(`${plural(leftoverCount, 'leftover')} of commands that were killed`)
  if (runFolders.length > 0) parts.push(`the files of ${plural(runFolders.length, 'run')}`)
  const isIdle = blobs.length + leftoverCount + runFolders.length === 0
  const kept = `${formatCount(keptCount)} kept`
  if (isIdle) return [`nothing to remove; ${kept}`]
  const add = isRemoved ? '' : '; add --remove'
  return [...blobs.map(({ name }) => name), `${verb} ${parts.join(', ')}; ${kept}${add}`]
}
