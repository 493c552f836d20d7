import { tagsWithPrefix } from '../blob/tag-records.js'
import type { TagSummary } from '../blob/tag-summary.js'
import { formatBytes } from '../core/bytes.js'
import { formatCount } from '../core/count.js'
import { BlobError } from '../core/errors.js'
import { openBlobs, storeOption } from './blob-store.js'
import { formatRecords } from './blob-words.js'
import { type Command, defineCommand } from './command.js'
import { didYouMean } from './did-you-mean.js'
import { EXIT_OK } from './exit-codes.js'
import { flag } from './option.js'
import { type Column, formatTable } from './print/table.js'
import { formatMoment } from './print/time.js'

/** `hob blob ls`. */
export const blobList: Command = defineCommand({
  args: [{ syntax: '[prefix]', summary: 'Only tags that begin so.', completes: 'tag' }],
  options: { store: storeOption, names: flag('--names', 'Only the names, one a line.') },
  examples: [
    { line: 'hob blob ls', says: 'All tags.' },
    { line: 'hob blob ls incoming: --json', says: 'Some, for a script; times are milliseconds since 1970.' },
  ],
  async run(invocation) {
    const { args, options, globals, terminal } = invocation
    const [prefix = ''] = args
    if (options.names) {
      // Also for the shell, which completes tags by this: no matter how many blobs there are.
      const names = await tagsWithPrefix(await invocation.openBroker({ create: false }), prefix)
      if (globals.json) terminal.out.json(names)
      else for (const name of names) terminal.out.line(name)
      return EXIT_OK
    }
    const blobs = await openBlobs(invocation, { create: false })
    const tags = await blobs.tags(prefix)
    if (globals.json) terminal.out.json(tags)
    else if (tags.length > 0) for (const line of formatTable(COLUMNS, tags, terminal.out.paint)) terminal.out.line(line)
    else if (prefix === '') terminal.out.line('there are no tags')
    else {
      const all = (await blobs.tags()).map(({ tag }) => tag)
      throw new BlobError('missing', `no tag begins with '${prefix}'`, {
        hint: `${didYouMean(prefix, all)}hob blob ls lists those that there are.`,
      })
    }
    return EXIT_OK
  },
})

const COLUMNS: readonly Column<TagSummary>[] = [
  { heading: 'TAG', align: 'left', cell: ({ tag }) => tag },
  { heading: 'BLOBS', align: 'right', cell: ({ blobCount }) => formatCount(blobCount) },
  { heading: 'RECORDS', align: 'right', cell: ({ recordCount }) => formatRecords(recordCount) },
  { heading: 'BYTES', align: 'right', cell: ({ bytes }) => formatBytes(bytes) },
  { heading: 'STORED', align: 'right', cell: ({ storedBytes }) => formatBytes(storedBytes) },
  { heading: 'NEWEST', align: 'left', cell: ({ newestMs }) => formatMoment(newestMs) },
]
