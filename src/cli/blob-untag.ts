import { plural } from '../core/count.js'
import { openBlobs, storeOption } from './blob-store.js'
import { untiedWords } from './blob-words.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'

/** `hob blob untag`. */
export const blobUntag: Command = defineCommand({
  args: [
    { syntax: '<tag>', summary: 'The tag.', completes: 'tag' },
    { syntax: '<blob...>', summary: 'Blobs, as hob blob blobs shows them.' },
  ],
  options: { store: storeOption },
  examples: [
    { line: 'hob blob untag incoming:users users.jsonl-000000-…', says: 'The blob itself stays until hob blob gc.' },
  ],
  async run(invocation) {
    const { args, globals, terminal } = invocation
    const [tag = '', ...names] = args
    const done = await (await openBlobs(invocation, { create: false })).untag(tag, names)
    if (globals.json) terminal.out.json({ tag, ...done })
    else terminal.out.line(`took ${plural(done.untaggedCount, 'blob')} off ${tag}; ${untiedWords(done.untiedCount)}`)
    return EXIT_OK
  },
})
