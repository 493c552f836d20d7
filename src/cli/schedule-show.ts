import { formatCount } from '../core/count.js'
import { Schedules, type ScheduleView } from '../queue/schedules.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { formatMoment } from './print/time.js'
import { visible } from './print/visible.js'
import { tellNext, tellTimes } from './schedule-lines.js'
import { noSuchSchedule } from './schedule-names.js'

/** `hob schedule show`. */
export const scheduleShow: Command = defineCommand({
  args: [{ syntax: '<name>', summary: 'The schedule, as hob schedule ls shows it.' }],
  options: {},
  examples: [{ line: 'hob schedule show nightly', says: 'All that is kept of it, also the payload.' }],
  async run({ args: [name = ''], globals: { json }, terminal: { out }, openBroker }) {
    const broker = await openBroker({ create: false })
    const schedules = new Schedules(broker)
    const [schedule, { nowMs }] = await Promise.all([schedules.get(name), broker.describe()])
    if (schedule === undefined) throw await noSuchSchedule(name, schedules)
    if (json) out.json(schedule)
    else for (const line of showLines(schedule, nowMs)) out.line(visible(line))
    return EXIT_OK
  },
})

/** A schedule in lines; the words of its settings are those of `hob schedule add`. */
export function showLines(schedule: ScheduleView, nowMs: number): readonly string[] {
  const { name, queue, payload, timeMember, priority, attemptsMax, missed, overlap, lastMs } = schedule
  const facts: readonly (readonly [word: string, says: string])[] = [
    ['queue', queue],
    ['payload', JSON.stringify(payload)],
    ['time-as', timeMember ?? '-'],
    ['priority', `${priority}`],
    ['attempts', attemptsMax === null ? 'as its worker says' : formatCount(attemptsMax)],
    ['missed', missed],
    ['overlap', overlap],
    ['last tick', lastMs === null ? '-' : formatMoment(lastMs)],
    ['next tick', tellNext(schedule, nowMs)],
    ['jobs', countsOf(schedule)],
  ]
  return [`${name}: ${tellTimes(schedule)}`, ...facts.map(([word, says]) => `  ${word.padEnd(9)}  ${says}`)]
}

const countsOf = ({ sentCount, waitingCount, missedCount, overlappedCount }: ScheduleView): string =>
  [
    `${formatCount(sentCount)} sent`,
    `${formatCount(waitingCount)} waiting`,
    `${formatCount(missedCount)} missed`,
    `${formatCount(overlappedCount)} overlapped`,
  ].join(', ')
