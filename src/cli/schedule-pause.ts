import { Schedules, type ScheduleView } from '../queue/schedules.js'
import { type Command, defineCommand, type Invocation } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { visible } from './print/visible.js'
import { tellNext } from './schedule-lines.js'
import { noSuchSchedule } from './schedule-names.js'

const ARGS = [{ syntax: '<name>', summary: 'The schedule, as hob schedule ls shows it.' }] as const

/** `hob schedule pause`. */
export const schedulePause: Command = defineCommand({
  args: ARGS,
  options: {},
  examples: [{ line: 'hob schedule pause nightly', says: 'It does not tick; all else of it stays.' }],
  notes: 'It lasts until hob schedule resume. What falls into the pause is not made up for.',
  run: (invocation) => setPaused(invocation, true),
})

/** `hob schedule resume`. */
export const scheduleResume: Command = defineCommand({
  args: ARGS,
  options: {},
  examples: [{ line: 'hob schedule resume nightly', says: 'It ticks again, from its next time on.' }],
  run: (invocation) => setPaused(invocation, false),
})

async function setPaused(
  { args: [name = ''], globals: { json }, terminal: { out }, openBroker }: Invocation<unknown>,
  isPaused: boolean,
): Promise<number> {
  const broker = await openBroker({ create: false })
  const schedules = new Schedules(broker)
  const before = await schedules.get(name)
  if (before === undefined) throw await noSuchSchedule(name, schedules)
  const schedule = isPaused ? await schedules.pause(name) : await schedules.resume(name)
  const { nowMs } = await broker.describe()
  if (json) out.json({ wasPaused: before.isPaused, schedule })
  else out.line(`schedule ${visible(name)} ${tell(schedule, { wasPaused: before.isPaused, nowMs })}`)
  return EXIT_OK
}

function tell(schedule: ScheduleView, { wasPaused, nowMs }: { wasPaused: boolean; nowMs: number }): string {
  if (schedule.isPaused) return wasPaused ? 'was paused already' : 'is paused'
  return `${wasPaused ? 'goes on' : 'was not paused'}; next ${tellNext(schedule, nowMs)}`
}
