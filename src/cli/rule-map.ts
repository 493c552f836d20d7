import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { inputFile } from './input-file.js'
import { loadRuleLibrary } from './library.js'
import { type OptionTable, optionWith, wholeNumber } from './option.js'
import { visible } from './print/visible.js'
import { PipeCounters } from './rule-account.js'
import { loadRule } from './rule-module.js'
import { dataFileOption, parameterFilesOption, parametersOption } from './rule-options.js'
import { parametersOf } from './rule-parameters.js'
import { untilEnded } from './rule-signals.js'
import { namedRules, rulesOption } from './rules-option.js'
import { scratchFolder } from './scratch-folder.js'

/** Some tens of MB of keys as they mostly are. */
const GROUPS_MAX = 200_000

/** What its thread may hold; its heap has a gigabyte at the least. */
const MEMORY_BYTES = 512 * 1024 * 1024

const OPTIONS = {
  rules: rulesOption,
  parameters: parametersOption,
  parameterFiles: parameterFilesOption,
  dataFile: dataFileOption,
  groupsMax: optionWith('--groups <n>', 'Keys that it holds, to make one line of the records of each.', {
    ...wholeNumber({ min: 1, max: 100_000_000 }),
    initial: GROUPS_MAX,
  }),
} as const satisfies OptionTable

/** `hob rule map`. */
export const ruleMap: Command = defineCommand({
  args: [{ syntax: '<rule>', summary: 'MODULE.RULE or MODULE.RULE.KEYSET, as for hob rule run.', completes: 'rule' }],
  options: OPTIONS,
  examples: [
    {
      line: 'hob rule map names.last_names_json < people.json | LC_ALL=C sort | hob rule reduce names.last_names_json',
      says: 'The result of hob rule run, with a sort of your own.',
    },
  ],
  notes: `A line is KEY, a tab, VALUE, both JSON. VALUE holds partial sums, so the lines of one key may be any number.`,
  async run({ args: [name = ''], options, terminal }) {
    return untilEnded(terminal, async (signal) => {
      const library = await loadRuleLibrary()
      const rule = await loadRule(name, namedRules(options.rules, terminal.env), { library, terminal })
      if (rule.definition.input.kind === 'parquet') {
        throw new CliError('usage', `${rule.id} reads Parquet, which is no stream`, { hint: 'hob rule run reads it.' })
      }
      const params = await parametersOf(options)
      const input = await inputFile('-', terminal)
      const counters = new PipeCounters()
      await using folder = await scratchFolder(terminal)
      const [{ mapLines }, { PipeThreads }, { checkBadRatio }] = await Promise.all([
        import('../rule/pipe/map-pipe.js'),
        import('./rule-pipe-threads.js'),
        import('../rule/run/run-counters.js'),
      ])
      await using threads = new PipeThreads({ rule, params, folder: folder.path, memoryBytes: MEMORY_BYTES, signal })
      const lines = mapLines(input.chunks(signal), {
        rule: rule.definition,
        map: (piece) => threads.map(piece, options.groupsMax),
        folder: folder.path,
        onPiece: (piece, badRows) => counters.add(piece, badRows),
      })
      for await (const text of lines) {
        await terminal.out.flow(text)
        signal.throwIfAborted()
      }
      for (const line of counters.troubleLines()) terminal.err.line(`hob: ${visible(line)}`)
      checkBadRatio(rule.id, rule.definition.maxBadRatio, counters.sum)
      return EXIT_OK
    })
  },
})
