import { CHUNK_FORMATS } from '../blob/cut/chunk-format.js'
import { makeBlobs } from './blob-make.js'
import { openBlobs, storeOption } from './blob-store.js'
import { type Command, defineCommand } from './command.js'
import { delimiter, flag, oneOf, option, sizeWithin } from './option.js'

/** `hob blob chunk`. */
export const blobChunk: Command = defineCommand({
  args: [
    { syntax: '<tag>', summary: 'What to tag the blobs with, as incoming:server01:users.', completes: 'tag' },
    { syntax: '<file...>', summary: 'Files to cut, gzipped or not; - is standard input.', completes: 'file' },
  ],
  options: {
    store: storeOption,
    format: option(
      '--format <format>',
      'Where records end; else as the file extension says, else lines',
      oneOf(CHUNK_FORMATS),
    ),
    header: flag('--header', 'The first record of a csv or tsv names the columns: repeat it in each blob.'),
    delimiter: option('--delimiter <character>', 'What stands between the fields of csv, like ";".', delimiter),
    bytesMax: option(
      '--chunk-size <size>',
      'Most bytes of a blob, before compression; 64MiB unless given.',
      sizeWithin('1B', '1GiB'),
    ),
    compress: flag('-z, --compress', 'Compress the blobs with gzip.'),
    bar: flag('--bar', 'Show progress even where there is no terminal.'),
  },
  examples: [
    { line: 'hob blob chunk incoming:users users.jsonl', says: 'Blobs of at most 64 MiB, each of whole lines.' },
    {
      line: 'hob blob chunk --header -z pay:2026-11-22 pay.csv',
      says: 'Each blob begins with the header; quotes go over lines.',
    },
    { line: 'zcat *.log.gz | hob blob chunk logs -', says: 'From standard input, in constant memory.' },
  ],
  notes:
    'Blobs are named FILE-INDEX-HASH by their content, so the same file again makes nothing new. They come under the tag at\n' +
    'the end, in one step for up to 10,000 of them: a command that is killed has tagged nothing.\n' +
    'Only a record that is larger than the chunk size makes a larger blob; one of more than 256 MiB is an error.',
  async run(invocation) {
    const { args, options, globals, terminal } = invocation
    const [tag = '', ...paths] = args
    const { format, header, delimiter: between, bytesMax, compress } = options
    return makeBlobs({
      tag,
      paths,
      terminal,
      json: globals.json,
      bar: options.bar,
      emptyWords: 'has no records',
      make: async (sources) =>
        (await openBlobs(invocation)).chunk(tag, sources, {
          header,
          compress,
          ...(format !== undefined && { format }),
          ...(between !== undefined && { delimiter: between }),
          ...(bytesMax !== undefined && { bytesMax }),
        }),
    })
  },
})
