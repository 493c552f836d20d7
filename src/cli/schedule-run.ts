import { Schedules } from '../queue/schedules.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { visible } from './print/visible.js'
import { noSuchSchedule } from './schedule-names.js'

/** `hob schedule run`. */
export const scheduleRun: Command = defineCommand({
  args: [{ syntax: '<name>', summary: 'The schedule, as hob schedule ls shows it.' }],
  options: {},
  examples: [{ line: 'hob schedule run nightly', says: 'Its job, now; its ticks go on as they would have.' }],
  async run({ args: [name = ''], globals, terminal: { out }, openBroker }) {
    const schedules = new Schedules(await openBroker({ create: false }))
    const schedule = await schedules.get(name)
    if (schedule === undefined) throw await noSuchSchedule(name, schedules)
    const { id, isNew } = await schedules.runNow(name)
    if (globals.json) out.json({ id, isNew, queue: schedule.queue })
    else if (isNew) out.line(`sent job ${id} to ${visible(schedule.queue)}`)
    else out.line(`not sent: job ${id} of schedule ${visible(name)} has not ended`)
    return EXIT_OK
  },
})
