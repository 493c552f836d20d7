import { RESULT_FORMATS } from '../rule/result/write-result.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { inputFile } from './input-file.js'
import { loadRuleLibrary } from './library.js'
import { file, type OptionTable, oneOf, option, optionWith, sizeWithin } from './option.js'
import { loadRule } from './rule-module.js'
import { dataFileOption, parameterFilesOption, parametersOption } from './rule-options.js'
import { resultPlace, writeResults } from './rule-output.js'
import { parametersOf } from './rule-parameters.js'
import type { PipeThreads } from './rule-pipe-threads.js'
import { untilEnded } from './rule-signals.js'
import { namedRules, rulesOption } from './rules-option.js'
import { scratchFolder } from './scratch-folder.js'

const OPTIONS = {
  rules: rulesOption,
  parameters: parametersOption,
  parameterFiles: parameterFilesOption,
  dataFile: dataFileOption,
  format: option('--format <format>', 'csv unless given; json with --json.', oneOf(RESULT_FORMATS)),
  output: option('-o, --output <file>', 'Where to write the result; else standard output.', file),
  memoryBytes: optionWith('--memory <size>', 'What it may hold besides what Node itself takes.', {
    ...sizeWithin('64MiB', '16TiB'),
    initial: 512e6,
  }),
} as const satisfies OptionTable

/** `hob rule reduce`. */
export const ruleReduce: Command = defineCommand({
  args: [{ syntax: '<rule>', summary: 'That of hob rule map.', completes: 'rule' }],
  options: OPTIONS,
  examples: [
    {
      line: 'cat part-* | LC_ALL=C sort | hob rule reduce names.last_names_json',
      says: 'The result of what several maps wrote.',
    },
  ],
  notes: `It prints what hob rule run prints, byte for byte. It needs no order of the lines, but takes the one that others give it.`,
  async run({ args: [name = ''], options, globals, terminal }) {
    const place = resultPlace(options, globals.json)
    return untilEnded(terminal, async (signal) => {
      const library = await loadRuleLibrary()
      const rule = await loadRule(name, namedRules(options.rules, terminal.env), { library, terminal })
      const params = await parametersOf(options)
      const input = await inputFile('-', terminal)
      await using folder = await scratchFolder(terminal)
      const [{ Duck }, { reduceLines }, { writeResult }, pipes] = await Promise.all([
        import('../rule/result/duck.js'),
        import('../rule/pipe/reduce-pipe.js'),
        import('../rule/result/write-result.js'),
        import('./rule-pipe-threads.js'),
      ])
      const { memoryBytes } = options
      await using threads = new pipes.PipeThreads({ rule, params, folder: folder.path, memoryBytes, signal })
      const duck = await Duck.open({ memoryBytes, threads: 1, folder: folder.path })
      try {
        const reduce: PipeThreads['reduce'] = (spills) => threads.reduce(spills)
        const pipe = { rule: rule.definition, reduce, folder: folder.path }
        const results = await reduceLines(input.chunks(signal) as AsyncIterable<Buffer>, pipe)
        await writeResults((...each) => writeResult(duck, ...each), results, place, terminal.out)
        signal.throwIfAborted()
        return EXIT_OK
      } finally {
        await duck.close()
      }
    })
  },
})
