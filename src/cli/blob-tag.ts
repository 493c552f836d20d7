import { plural } from '../core/count.js'
import { openBlobs, storeOption } from './blob-store.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'

/** `hob blob tag`. */
export const blobTag: Command = defineCommand({
  args: [
    { syntax: '<tag>', summary: 'The tag; it comes into being with its first blob.', completes: 'tag' },
    { syntax: '<blob...>', summary: 'Blobs, as hob blob blobs shows them.' },
  ],
  options: { store: storeOption },
  examples: [{ line: 'hob blob tag sample users.jsonl-000000-…', says: 'Under one more tag; nothing is copied.' }],
  async run(invocation) {
    const { args, globals, terminal } = invocation
    const [tag = '', ...names] = args
    const count = new Set(names).size
    const taggedCount = await (await openBlobs(invocation, { create: false })).tag(tag, names)
    const there =
      count === taggedCount
        ? ''
        : `; ${count - taggedCount} ${count - taggedCount === 1 ? 'was' : 'were'} there already`
    if (globals.json) terminal.out.json({ tag, taggedCount, alreadyThereCount: count - taggedCount })
    else terminal.out.line(`tagged ${plural(taggedCount, 'blob')} as ${tag}${there}`)
    return EXIT_OK
  },
})
