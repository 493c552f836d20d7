import { plural } from '../core/count.js'
import { Schedules } from '../queue/schedules.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { visible } from './print/visible.js'
import { noSuchSchedule } from './schedule-names.js'

/** `hob schedule rm`. */
export const scheduleRemove: Command = defineCommand({
  args: [{ syntax: '<name>', summary: 'The schedule, as hob schedule ls shows it.' }],
  options: {},
  examples: [{ line: 'hob schedule rm nightly', says: 'It ticks no more; jobs that it has sent stay.' }],
  async run({ args: [name = ''], globals, terminal: { out }, openBroker }) {
    const schedules = new Schedules(await openBroker({ create: false }))
    const schedule = await schedules.get(name)
    if (!(await schedules.remove(name))) throw await noSuchSchedule(name, schedules)
    const forgottenCount = schedule?.waitingCount ?? 0
    if (globals.json) out.json({ name, forgottenCount })
    else {
      const forgotten = forgottenCount === 0 ? '' : `; ${plural(forgottenCount, 'waiting tick')} forgotten`
      out.line(`removed schedule ${visible(name)}${forgotten}`)
    }
    return EXIT_OK
  },
})
