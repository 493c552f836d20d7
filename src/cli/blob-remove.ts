import type { Untagged } from '../blob/blobs.js'
import { plural } from '../core/count.js'
import { openBlobs, storeOption } from './blob-store.js'
import { untiedWords } from './blob-words.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'

/** `hob blob rm`. */
export const blobRemove: Command = defineCommand({
  args: [{ syntax: '<tag...>', summary: 'Tags, as hob blob ls shows them.', completes: 'tag' }],
  options: { store: storeOption },
  examples: [
    {
      line: 'hob blob rm processed:users',
      says: 'Remove a tag; hob blob gc then removes its blobs, if no other tag has them.',
    },
  ],
  notes: 'It removes records, no content: the blobs stay in the store until hob blob gc --remove, a day at least.',
  async run(invocation) {
    const { args, globals, terminal } = invocation
    const blobs = await openBlobs(invocation, { create: false })
    const tags = [...new Set(args)]
    // One that is not there is told before any is removed.
    for (const tag of tags) await blobs.stat(tag)
    const removed: ({ readonly tag: string } & Untagged)[] = []
    for (const tag of tags) removed.push({ tag, ...(await blobs.removeTag(tag)) })
    if (globals.json) terminal.out.json(removed)
    else for (const line of removed.map(removedLine)) terminal.out.line(line)
    return EXIT_OK
  },
})

const removedLine = ({ tag, untaggedCount, untiedCount }: { readonly tag: string } & Untagged): string =>
  `removed tag ${tag} from ${plural(untaggedCount, 'blob')}; ${untiedWords(untiedCount)}`
