import type { TagSummary } from '../blob/tag-summary.js'
import { formatBytes } from '../core/bytes.js'
import { formatCount } from '../core/count.js'
import { openBlobs, storeOption } from './blob-store.js'
import { formatRecords } from './blob-words.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { formatMoment } from './print/time.js'

/** `hob blob stat`. */
export const blobStat: Command = defineCommand({
  args: [{ syntax: '<tag...>', summary: 'Tags, as hob blob ls shows them.', completes: 'tag' }],
  options: { store: storeOption },
  examples: [{ line: 'hob blob stat incoming:users', says: 'Blobs, bytes, records, the oldest and the newest.' }],
  async run(invocation) {
    const { args, globals, terminal } = invocation
    const blobs = await openBlobs(invocation, { create: false })
    const summaries: TagSummary[] = []
    for (const tag of args) summaries.push(await blobs.stat(tag))
    if (globals.json) terminal.out.json(summaries)
    else for (const summary of summaries) for (const line of statLines(summary)) terminal.out.line(line)
    return EXIT_OK
  },
})

function statLines({
  tag,
  blobCount,
  bytes,
  storedBytes,
  recordCount,
  oldestMs,
  newestMs,
}: TagSummary): readonly string[] {
  return [
    tag,
    `  blobs    ${formatCount(blobCount)}`,
    `  records  ${recordCount === null ? 'not counted' : formatRecords(recordCount)}`,
    `  bytes    ${formatBytes(bytes)}, stored in ${formatBytes(storedBytes)}`,
    `  oldest   ${formatMoment(oldestMs)}`,
    `  newest   ${formatMoment(newestMs)}`,
  ]
}
