import { type Command, defineCommand } from './command.js'
import { EXIT_FAILED, EXIT_OK } from './exit-codes.js'
import { listenForInterrupt } from './interrupt.js'
import { carryOut } from './rule-carry-out.js'
import { RUN_OPTIONS } from './rule-run-options.js'

/** `hob rule run`. */
export const ruleRun: Command = defineCommand({
  args: [
    { syntax: '<rule>', summary: 'MODULE.RULE, MODULE.RULE.KEYSET, ./folder/MODULE.RULE or file.ts:RULE.', completes: 'file' },
    { syntax: '[file...]', summary: 'Files to read, as with -u.', completes: 'file' },
  ],
  options: RUN_OPTIONS,
  examples: [
    { line: 'hob rule run names.last_names_json people.json', says: 'Over a file; no kitchen is needed.' },
    { line: 'hob rule run names.last_names_json', says: 'Over the blobs under its tags.' },
    { line: "zcat *.gz | hob rule run donations.all -P 'year: 2026' -u - --format table", says: 'Over standard input.' },
    { line: 'hob rule run names.last_names_json -q', says: 'What it would read.' },
  ],
  notes: `Standard output has the result alone. Standard error has what was set aside and what was changed elsewhere, if anything; on a
terminal also progress and an account. --quiet leaves only errors.
Status: 0 well; 1 it failed, or has fewer blobs than minBlobs; 2 wrong usage, also no such rule; 3 the kitchen; 130 Ctrl-C.`,
  async run(invocation) {
    const interrupt = listenForInterrupt()
    const lost = new AbortController()
    const { terminal } = invocation
    terminal.onLost((error) => {
      if (error.code !== 'EPIPE') terminal.err.line(`hob: cannot write the output: ${error.message}`)
      status = error.code === 'EPIPE' ? EXIT_OK : EXIT_FAILED
      lost.abort()
    })
    let status: number = EXIT_OK
    try {
      return await carryOut(invocation, AbortSignal.any([interrupt.signal, lost.signal]))
    } catch (error) {
      if (lost.signal.aborted) return status
      if (!interrupt.signal.aborted) throw error
      terminal.err.line('hob: interrupted: nothing is left of it')
      return interrupt.status()
    } finally {
      interrupt.stop()
    }
  },
})

