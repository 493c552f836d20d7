import { RESULT_FORMATS } from '../rule/result/write-result.js'
import {
  file,
  flag,
  type OptionTable,
  type OptionValues,
  oneOf,
  option,
  optionWith,
  several,
  sizeWithin,
  wholeNumber,
  word,
} from './option.js'
import {
  dataFileOption,
  day,
  days,
  parameterFilesOption,
  parametersOption,
  rulesOption,
  storeOption,
  tags,
} from './rule-options.js'

/** The options of `hob rule run`. */
export const RUN_OPTIONS = {
  justQuery: flag('-q, --just-query', 'Only tell what would run.'),
  force: flag('-f, --force', 'Run it with fewer blobs than its minBlobs, too.'),
  sourceTags: several('-t, --source-tags <tags>', 'Read these tags, with commas between them; not what the rule names.', tags),
  sourceUrls: several('-u, --source-urls <file>', 'Read this file, or - for standard input; not what the rule names.', file),
  resultTag: option('-r, --result-tag <tag>', 'Write the result as blobs under this tag.', word),
  dayStart: option('-S, --day-start <day>', 'The last day of tags to read, as 2026-01-31; else today.', day),
  dayRange: option('-R, --day-range <n>', 'So many days of tags; 0: tags of any day.', days),
  dayOffset: option('-O, --day-offset <n>', 'Begin so many days before that.', days),
  parameters: parametersOption,
  parameterFiles: parameterFilesOption,
  dataFile: dataFileOption,
  processResults: option('--process-results <run>', 'Only write the results that this run kept.', word),
  processMap: option('--process-map <run>', 'Go on from what this run kept, behind its map.', word),
  save: flag('--save', 'Keep the intermediate files, for these two.'),
  profile: flag('--profile', 'Tell how long each step took.'),
  format: option('--format <format>', 'csv unless given; json with --json; else as the extension of -o says.', oneOf(RESULT_FORMATS)),
  output: option('-o, --output <file>', 'Where to write the result; else standard output.', file),
  memoryBytes: optionWith('--memory <size>', 'What all threads may hold.', {
    ...sizeWithin('64MiB', '16TiB'),
    initial: 512e6,
  }),
  threads: option('-j, --jobs <n>', 'Threads; as many as there are cores unless given.', wholeNumber({ min: 1, max: 64 })),
  rules: rulesOption,
  store: storeOption,
  rejected: option('--rejected <file>', 'Write rows that were set aside to this file, as JSON lines.', file),
  bar: flag('--bar', 'Show progress even where there is no terminal.'),
  quiet: flag('--quiet', 'Say nothing but errors on standard error.'),
} as const satisfies OptionTable

/** What they become. */
export type RunOptions = OptionValues<typeof RUN_OPTIONS>

