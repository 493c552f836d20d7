import { CHUNK_FORMATS } from '../blob/cut/chunk-format.js'
import { makeBlobs } from './blob-make.js'
import { openBlobs, storeOption } from './blob-store.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { flag, oneOf, option, type ValueKind, word } from './option.js'

/** As it is typed where a tab is hard to type. */
const delimiter: ValueKind<string> = { parse: (text) => word.parse(text).replace('\\t', '\t') }

const UNITS: Readonly<Record<string, number>> = { '': 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3 }
const SIZE_MAX = 1024 ** 3

/** Bytes as people type them: `500`, `64k`, `16MiB`, `1g`. */
const size: ValueKind<number> = {
  parse(text) {
    const [, digits, unit = ''] = /^(\d+)([kmg]?)(?:i?b)?$/i.exec(text) ?? []
    const bytes = Number(digits) * (UNITS[unit.toLowerCase()] ?? 1)
    if (bytes >= 1 && bytes <= SIZE_MAX) return bytes
    throw new CliError('usage', `'${text}' is no size from 1 byte to 1 GiB`, { hint: 'Write it like 500k or 64M.' })
  },
}

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
    bytesMax: option('--chunk-size <size>', 'Most bytes of a blob, before compression; 64M unless given.', size),
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
