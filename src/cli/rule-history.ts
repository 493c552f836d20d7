import { formatCount } from '../core/count.js'
import { formatDuration } from '../core/duration.js'
import { whoTakesUp } from '../rule/daemon/why.js'
import { handsOf, type RunHands } from '../rule/run/run-hands.js'
import { runHistory } from '../rule/run-history.js'
import type { RunRecord } from '../rule/run-record.js'
import { type Command, defineCommand } from './command.js'
import { engineWord } from './engine-words.js'
import { EXIT_OK } from './exit-codes.js'
import { optionWith, wholeNumber } from './option.js'
import { type Column, formatTable } from './print/table.js'
import { formatMoment } from './print/time.js'
import { shorten } from './print/visible.js'
import { nameRule } from './rule-names.js'
import { stateWord } from './rule-view.js'
import { rulesOption } from './rules-option.js'

const NOTHING = '-'

/** Characters of an error in the table; `--json` has all. */
const ERROR_MAX = 100

/** `hob rule history`. */
export const ruleHistory: Command = defineCommand({
  args: [{ syntax: '[rule]', summary: 'Only the runs of this one.' }],
  options: {
    rules: rulesOption,
    most: optionWith('-n, --limit <n>', 'So many runs.', { ...wholeNumber({ min: 1, max: 10_000 }), initial: 20 }),
  },
  examples: [
    { line: 'hob rule history', says: 'The newest runs of all rules, newest first.' },
    { line: 'hob rule history names.last_names_json -n 100', says: 'More of one rule.' },
    { line: 'hob rule history --json', says: 'With all counters, for a script.' },
  ],
  async run({ args: [name], options: { rules, most }, globals, terminal, openBroker }) {
    const { out } = terminal
    const broker = await openBroker({ create: false })
    const rule = name === undefined ? undefined : await nameRule(name, { broker, rules, terminal })
    const runs = (await runHistory(broker, rule)).slice(0, most)
    const { nowMs } = await broker.describe()
    const hands = await handsOf(broker, runs)
    const stateOf = ({ id, state }: RunRecord): string => stateWord(state, hands.get(id))
    if (globals.json) out.json(runs.map((run) => ({ ...run, state: stateOf(run), blobs: run.blobs.length })))
    else if (runs.length === 0) out.line(rule === undefined ? 'No runs yet.' : `No runs of ${rule} yet.`)
    else for (const line of formatTable(columns(nowMs, hands), runs, out.paint)) out.line(line)
    return EXIT_OK
  },
})

const columns = (nowMs: number, hands: ReadonlyMap<string, RunHands>): readonly Column<RunRecord>[] => [
  { heading: 'RUN', align: 'left', cell: ({ id }) => id },
  { heading: 'STATE', align: 'left', cell: ({ id, state }) => stateWord(state, hands.get(id)) },
  { heading: 'STARTED', align: 'left', cell: ({ startedMs }) => formatMoment(startedMs) },
  { heading: 'TOOK', align: 'right', cell: ({ startedMs, endedMs }) => formatDuration((endedMs ?? nowMs) - startedMs) },
  { heading: 'BLOBS', align: 'right', cell: ({ blobs }) => formatCount(blobs.length) },
  { heading: 'READ', align: 'right', cell: ({ counters }) => (counters ? formatCount(counters.rowsRead) : NOTHING) },
  { heading: 'BAD', align: 'right', cell: ({ counters }) => (counters ? formatCount(counters.rowsBad) : NOTHING) },
  { heading: 'ROWS', align: 'right', cell: tellRows },
  { heading: 'ENGINE', align: 'left', cell: ({ engines }) => engineWord(engines) },
  { heading: 'ERROR', align: 'left', cell: (run) => shorten(tellError(run, hands.get(run.id)), ERROR_MAX) },
]

const tellError = ({ error, queue }: RunRecord, hands: RunHands | undefined): string =>
  hands === 'left' ? `no process works at it; ${whoTakesUp(queue)}` : (error ?? '')

const tellRows = ({ rowsOut }: RunRecord): string =>
  rowsOut === null ? NOTHING : formatCount(Object.values(rowsOut).reduce((sum, rows) => sum + rows, 0))
