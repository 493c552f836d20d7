import type { BadBlob } from '../blob/verify.js'
import { systemClock } from '../core/clock.js'
import { plural } from '../core/count.js'
import { openBlobs, storeOption } from './blob-store.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'
import { flag } from './option.js'
import { ProgressLine } from './print/progress-line.js'

const MEBIBYTE = 1024 * 1024

/** `hob blob verify`. */
export const blobVerify: Command = defineCommand({
  args: [{ syntax: '[tag...]', summary: 'Only the blobs of these tags.', completes: 'tag' }],
  options: { store: storeOption, bar: flag('--bar', 'Show progress even where there is no terminal.') },
  examples: [{ line: 'hob blob verify', says: 'Every tagged blob; status 1 when one is missing or damaged.' }],
  notes: 'To mend a blob, chunk or push its file again: it has the same name when it has the same content.',
  async run(invocation) {
    const { args, options, globals, terminal } = invocation
    const blobs = await openBlobs(invocation, { create: false })
    const tags = args.length === 0 ? undefined : args
    const summaries = tags === undefined ? await blobs.tags() : await Promise.all(args.map((tag) => blobs.stat(tag)))
    const total = Math.ceil(summaries.reduce((sum, { bytes }) => sum + bytes, 0) / MEBIBYTE)
    const line = new ProgressLine(terminal.err, { noun: 'MiB', clock: systemClock, always: options.bar })
    let readBytes = 0
    const found = await blobs.verify(tags, (bytes) => {
      readBytes += bytes
      line.update({ count: Math.floor(readBytes / MEBIBYTE), total })
    })
    line.clear()
    const { checkedCount, missing, damaged } = found
    const isGood = missing.length + damaged.length === 0
    if (globals.json) terminal.out.json(found)
    else {
      for (const blob of missing) terminal.out.line(badLine('missing', blob))
      for (const blob of damaged) terminal.out.line(badLine('damaged', blob))
      const verdict = isGood ? 'all are whole' : `${missing.length} missing, ${damaged.length} damaged`
      terminal.out.line(`read ${plural(checkedCount, 'blob')}: ${checkedCount === 0 ? 'there are none' : verdict}`)
    }
    return isGood ? EXIT_OK : EXIT_FAILED
  },
})

const badLine = (what: string, { name, tags }: BadBlob): string => `${what}  ${name}  (${tags.join(', ')})`
