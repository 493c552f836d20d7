import { formatCount } from '../core/count.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { type Column, formatTable } from './print/table.js'
import { formatMoment } from './print/time.js'
import { shorten, visible } from './print/visible.js'
import { loadFolder, rulesFolder } from './rule-names.js'
import { type RuleView, ruleView } from './rule-view.js'
import { rulesOption } from './rules-option.js'

const NOTHING = '-'

/** Characters of a rule's state; `hob rule why` tells all. */
const STATE_MAX = 80

/** `hob rule ls`. */
export const ruleLs: Command = defineCommand({
  args: [],
  options: { rules: rulesOption },
  examples: [
    { line: 'hob rule ls', says: 'Each rule of the folder, and what it waits for.' },
    { line: 'hob rule ls --json', says: 'For a script; times are milliseconds since 1970.' },
  ],
  notes:
    'BY ITSELF tells what a daemon does; BLOBS how many wait, and how many there must be; NEXT when it is due again.',
  async run({ options: { rules }, globals, terminal, openBroker }) {
    const { out, err } = terminal
    const loaded = await loadFolder({ rules, terminal })
    const broker = await openBroker({ create: false })
    const { nowMs } = await broker.describe()
    const views: RuleView[] = []
    for (const rule of loaded.rules) views.push(await ruleView(broker, rule, nowMs))
    const faults = loaded.faults.map(({ file, message }) => ({ file, message }))
    if (globals.json) out.json({ rules: views, faults, nowMs })
    else if (views.length === 0) out.line(`No rules in ${rulesFolder({ rules, terminal })}. See: hob rule new --help`)
    else for (const line of formatTable(columns(), views, out.paint)) out.line(line)
    for (const { message } of faults) err.line(`hob: ${visible(message)}`)
    return EXIT_OK
  },
})

const columns = (): readonly Column<RuleView>[] => [
  { heading: 'RULE', align: 'left', cell: ({ rule }) => rule },
  { heading: 'BY ITSELF', align: 'left', cell: tellByItself },
  {
    heading: 'BLOBS',
    align: 'right',
    cell: ({ have, need }) => (need === 0 ? NOTHING : `${formatCount(have)}/${formatCount(need)}`),
  },
  { heading: 'LAST RUN', align: 'left', cell: tellLast },
  { heading: 'NEXT', align: 'left', cell: tellNext },
  { heading: 'STATE', align: 'left', cell: ({ why }) => shorten(why, STATE_MAX) },
]

const tellByItself = ({ runsByItself, isPaused }: RuleView): string =>
  runsByItself ? (isPaused ? 'paused' : 'yes') : 'no'

function tellLast({ lastRun, lastStartedMs }: RuleView): string {
  if (lastStartedMs === null) return NOTHING
  return lastRun === null ? formatMoment(lastStartedMs) : `${formatMoment(lastRun.startedMs)} ${lastRun.state}`
}

function tellNext({ runsByItself, isPaused, isReady, nextMs }: RuleView): string {
  if (!runsByItself || isPaused) return NOTHING
  if (isReady) return 'now'
  return nextMs === null ? NOTHING : formatMoment(nextMs)
}
