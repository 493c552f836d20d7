import { closest } from '../core/closest.js'
import type { Schedules } from '../queue/schedules.js'
import { CliError } from './cli-error.js'

/** The error for a schedule that is not there, with those that are. */
export async function noSuchSchedule(name: string, schedules: Schedules): Promise<CliError> {
  const names = (await schedules.list()).map((schedule) => schedule.name)
  const meant = closest(name, names)
  const hint = meant === undefined ? 'hob schedule ls lists those that there are.' : `Did you mean ${meant}?`
  return new CliError('failed', `there is no schedule '${name}'`, { hint })
}
