import { makeBlobs } from './blob-make.js'
import { openBlobs, storeOption } from './blob-store.js'
import { type Command, defineCommand } from './command.js'
import { flag } from './option.js'

/** `hob blob push`. */
export const blobPush: Command = defineCommand({
  args: [
    { syntax: '<tag>', summary: 'What to tag the blobs with.', completes: 'tag' },
    { syntax: '<file...>', summary: 'Files to store, each as one blob; - is standard input.', completes: 'file' },
  ],
  options: {
    store: storeOption,
    compress: flag('-z, --compress', 'Compress the blobs with gzip.'),
    bar: flag('--bar', 'Show progress even where there is no terminal.'),
  },
  examples: [
    { line: 'hob blob push sales sales-*.parquet', says: 'Files as they are, one blob each.' },
    { line: 'hob blob push -z days day-01.csv day-02.csv', says: 'Compressed.' },
  ],
  notes: 'A gzipped file is unpacked, and stored compressed only with -z: a blob is known by its content.',
  async run(invocation) {
    const { args, options, globals, terminal } = invocation
    const [tag = '', ...paths] = args
    return makeBlobs({
      tag,
      paths,
      terminal,
      json: globals.json,
      bar: options.bar,
      emptyWords: 'is empty',
      make: async (sources) => (await openBlobs(invocation)).push(tag, sources, { compress: options.compress }),
    })
  },
})
