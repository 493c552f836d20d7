import { statSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { ENGINE_CHOICES } from '../rule/groups/engine-choice.js'
import { RESULT_FORMATS } from '../rule/result/write-result.js'
import { startSpareThread, threadsFor } from '../rule/run/start-thread.js'
import { storeOption } from './blob-store.js'
import { type Command, defineCommand } from './command.js'
import {
  file,
  flag,
  type OptionTable,
  oneOf,
  option,
  optionWith,
  several,
  sizeWithin,
  wholeNumber,
  word,
} from './option.js'
import { dataFileOption, day, days, parameterFilesOption, parametersOption, tags } from './rule-options.js'
import { untilEnded } from './rule-signals.js'
import { rulesOption } from './rules-option.js'

const OPTIONS = {
  justQuery: flag('-q, --just-query', 'Only tell what would run.'),
  force: flag('-f, --force', 'Run it with fewer blobs than its minBlobs, too.'),
  sourceTags: several(
    '-t, --source-tags <tags>',
    'Read these tags, with commas between them; not what the rule names.',
    tags,
  ),
  sourceUrls: several(
    '-u, --source-urls <file>',
    'Read this file, or - for standard input; not what the rule names.',
    file,
  ),
  resultTag: option('-r, --result-tag <tag>', 'Write the result as blobs under this tag.', word),
  dayStart: option('-S, --day-start <day>', 'The last day of tags to read, as 2026-01-31; else today.', day),
  dayRange: option('-R, --day-range <n>', 'So many days of tags; 0: tags of any day.', days),
  dayOffset: option('-O, --day-offset <n>', 'Begin so many days before that.', days),
  parameters: parametersOption,
  parameterFiles: parameterFilesOption,
  dataFile: dataFileOption,
  processResults: option('--process-results <run>', 'Only write the results that this run kept.', word),
  processMap: option('--process-map <run>', 'Go on from the groups that this run kept, or behind its map.', word),
  save: flag('--save', 'Keep the intermediate files, for these two.'),
  engine: option(
    '--engine <engine>',
    'Take records by rows or by groups; auto, as a sample tells, unless given.',
    oneOf(ENGINE_CHOICES),
  ),
  profile: flag('--profile', 'Tell how long each step took, and by which engine.'),
  format: option(
    '--format <format>',
    'csv unless given; json with --json; else as the extension of -o says.',
    oneOf(RESULT_FORMATS),
  ),
  output: option('-o, --output <file>', 'Where to write the result; else standard output.', file),
  memoryBytes: optionWith('--memory <size>', 'What all threads may hold.', {
    ...sizeWithin('64MiB', '16TiB'),
    initial: 512e6,
  }),
  threads: option(
    '-j, --jobs <n>',
    'Threads; as many as there are cores unless given.',
    wholeNumber({ min: 1, max: 64 }),
  ),
  rules: rulesOption,
  store: storeOption,
  rejected: option('--rejected <file>', 'Write rows that were set aside to this file, as JSON lines.', file),
  bar: flag('--bar', 'Show progress even where there is no terminal.'),
  quiet: flag('--quiet', 'Say nothing but errors on standard error.'),
} as const satisfies OptionTable

/** `hob rule run`. */
export const ruleRun: Command = defineCommand({
  args: [
    {
      syntax: '<rule>',
      summary: 'MODULE.RULE, MODULE.RULE.KEYSET, ./folder/MODULE.RULE or file.ts:RULE.',
      completes: 'rule',
    },
    { syntax: '[file...]', summary: 'Files to read, as with -u.', completes: 'file' },
  ],
  options: OPTIONS,
  examples: [
    { line: 'hob rule run names.last_names_json people.json', says: 'Over a file; no kitchen is needed.' },
    { line: 'hob rule run names.last_names_json', says: 'Over the blobs under its tags.' },
    {
      line: "zcat *.gz | hob rule run donations.all -P 'year: 2026' -u - --format table",
      says: 'Over standard input.',
    },
    { line: 'hob rule run names.last_names_json -q', says: 'What it would read.' },
    {
      line: 'hob rule run names.last_names_json people.json --engine rows --profile',
      says: 'Calls its functions for every record, and tells how long that took.',
    },
  ],
  notes: `Standard output has the result alone. Standard error has what was set aside and what was changed elsewhere, if anything; on a
terminal also progress and an account. --quiet leaves only errors.
Status: 0 well; 1 it failed, or has fewer blobs than minBlobs; 2 wrong usage, also no such rule; 3 the kitchen; 130 Ctrl-C.`,
  async run(invocation) {
    const { args, options } = invocation
    const { justQuery, memoryBytes, sourceUrls = [], threads = availableParallelism() } = options
    // A thread of its own loads as much as this one does, and both at once; what comes last, others do for a large input.
    const wanted = Math.min(threads, threadsFor(bytesOf([...args.slice(1), ...sourceUrls])))
    if (!justQuery) startSpareThread(memoryBytes, wanted > 1 ? 'library' : 'duckdb')
    const { carryOut } = await import('./rule-carry-out.js')
    return untilEnded(invocation.terminal, (signal) => carryOut(invocation, signal))
  },
})

/** Bytes of files, as far as they are there; what is wrong with others is told later. */
function bytesOf(files: readonly string[]): number {
  let bytes = 0
  for (const name of files) {
    try {
      bytes += statSync(name).size
    } catch {
      // None yet, or none at all.
    }
  }
  return bytes
}
