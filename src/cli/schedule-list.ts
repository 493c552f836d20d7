import { parseJson } from '../core/json.js'
import { LEADER_PREFIX } from '../queue/leadership.js'
import { Schedules } from '../queue/schedules.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { scheduleLines } from './schedule-lines.js'

/** `hob schedule ls`. */
export const scheduleList: Command = defineCommand({
  args: [],
  options: {},
  examples: [
    { line: 'hob schedule ls', says: 'Each schedule, with its last and its next tick.' },
    { line: 'hob schedule ls --json', says: 'For a script; times are milliseconds since 1970.' },
  ],
  notes:
    "Times are shown by this machine's clock face, in its own time zone.\n" +
    'MISSED counts ticks that nobody was there for, OVERLAPPED those that found the job before not ended.',
  async run({ globals, terminal: { out }, openBroker }) {
    const broker = await openBroker({ create: false })
    const [schedules, leader, { nowMs }] = await Promise.all([
      new Schedules(broker).list(),
      broker.record(`${LEADER_PREFIX}schedules`),
      broker.describe(),
    ])
    const view = { schedules, leader: leader === undefined ? null : nodeIn(leader.value), nowMs }
    if (globals.json) out.json(view)
    else for (const line of scheduleLines(view, out.paint)) out.line(line)
    return EXIT_OK
  },
})

const nodeIn = (value: string): string => String((parseJson(value) as { readonly node?: unknown } | null)?.node)
