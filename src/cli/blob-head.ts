import { openBlobs, storeOption } from './blob-store.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { optionWith, wholeNumber } from './option.js'

/** `hob blob head`. */
export const blobHead: Command = defineCommand({
  args: [{ syntax: '<tag...>', summary: 'Tags, as hob blob ls shows them.', completes: 'tag' }],
  options: {
    store: storeOption,
    lines: optionWith('-n, --lines <n>', 'How many lines of each tag.', {
      ...wholeNumber({ min: 1, max: 1_000_000_000 }),
      initial: 10,
    }),
  },
  examples: [{ line: 'hob blob head -n 3 incoming:users', says: 'Its first three lines; no more of it is read.' }],
  async run(invocation) {
    const { args, options, terminal } = invocation
    const blobs = await openBlobs(invocation, { create: false })
    // Those that are not there are told before anything is written.
    for (const tag of args) await blobs.stat(tag)
    for (const tag of args) {
      for await (const piece of firstLines(blobs.cat(tag), options.lines)) await terminal.out.flow(piece)
    }
    return EXIT_OK
  },
})

async function* firstLines(content: AsyncIterable<Uint8Array>, countMax: number): AsyncGenerator<Uint8Array> {
  let count = 0
  for await (const piece of content) {
    let end = 0
    while (count < countMax) {
      const at = piece.indexOf(0x0a, end)
      if (at < 0) break
      count++
      end = at + 1
    }
    yield count < countMax ? piece : piece.subarray(0, end)
    if (count >= countMax) return
  }
}
