import type { BlobUnderTag } from '../blob/tag.js'
import { formatBytes } from '../core/bytes.js'
import { openBlobs, storeOption } from './blob-store.js'
import { formatRecords } from './blob-words.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { type Column, formatTable } from './print/table.js'
import { formatMoment } from './print/time.js'

/** `hob blob blobs`. */
export const blobBlobs: Command = defineCommand({
  args: [{ syntax: '<tag>', summary: 'The tag, as hob blob ls shows it.', completes: 'tag' }],
  options: { store: storeOption },
  examples: [
    { line: 'hob blob blobs incoming:users', says: 'Its blobs, in the order in which they came under it.' },
    { line: "hob blob blobs incoming:users --json | jq -r '.[].name'", says: 'Their names.' },
  ],
  async run(invocation) {
    const { args, globals, terminal } = invocation
    const [tag = ''] = args
    const blobs = await (await openBlobs(invocation, { create: false })).list(tag)
    if (globals.json) terminal.out.json(blobs)
    else for (const line of formatTable(COLUMNS, blobs, terminal.out.paint)) terminal.out.line(line)
    return EXIT_OK
  },
})

const COLUMNS: readonly Column<BlobUnderTag>[] = [
  { heading: 'BLOB', align: 'left', cell: ({ name }) => name },
  { heading: 'RECORDS', align: 'right', cell: ({ records }) => formatRecords(records) },
  { heading: 'BYTES', align: 'right', cell: ({ bytes }) => formatBytes(bytes) },
  { heading: 'STORED', align: 'right', cell: ({ storedBytes }) => formatBytes(storedBytes) },
  { heading: 'TAGGED', align: 'left', cell: ({ taggedMs }) => formatMoment(taggedMs) },
]
