import { openBlobs, storeOption } from './blob-store.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'

/** `hob blob cat`. */
export const blobCat: Command = defineCommand({
  args: [{ syntax: '<tag...>', summary: 'Tags, as hob blob ls shows them.', completes: 'tag' }],
  options: { store: storeOption },
  examples: [
    { line: 'hob blob cat incoming:users | wc -l', says: 'All its content, in the order of tagging, then of names.' },
  ],
  notes: 'Bytes come out as they went in; a header that chunk --header repeats stands at the start of each blob.',
  async run(invocation) {
    const { args, terminal } = invocation
    const blobs = await openBlobs(invocation, { create: false })
    for await (const piece of blobs.cat(...args)) await terminal.out.flow(piece)
    return EXIT_OK
  },
})
