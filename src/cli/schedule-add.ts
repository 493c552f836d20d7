import { type Json, parseJson } from '../core/json.js'
import { isTooDeep, JSON_DEPTH_MAX } from '../core/json-depth.js'
import { PRIORITY_MAX } from '../core/limits.js'
import { EVERY_MS_MIN } from '../queue/schedule.js'
import { Schedules } from '../queue/schedules.js'
import { CliError } from './cli-error.js'
import { type Command, defineCommand } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { durationMs, flag, oneOf, option, type ValueKind, wholeNumber, word } from './option.js'
import { visible } from './print/visible.js'
import { tellNext, tellTimes } from './schedule-lines.js'

/** The time between two ticks. */
const everyMs: ValueKind<number> = {
  ...durationMs,
  parse(text) {
    const ms = durationMs.parse(text)
    if (ms >= EVERY_MS_MIN) return ms
    throw new CliError('usage', `'${text}' is too short: a schedule ticks every ${EVERY_MS_MIN}ms at most`)
  },
}

/** `hob schedule add`. */
export const scheduleAdd: Command = defineCommand({
  args: [
    { syntax: '<name>', summary: 'What it is called; one of that name is changed.' },
    { syntax: '[json]', summary: 'The payload of its jobs; null unless given.' },
  ],
  options: {
    cron: option(
      '--cron <line>',
      'Five fields: minute, hour, day, month, weekday; six with the second in front.',
      word,
    ),
    zone: option('--zone <zone>', 'The time zone of --cron, like Europe/Berlin; UTC unless given.', word),
    everyMs: option('--every <time>', 'So much time between two ticks, like 5s or 1h.', everyMs),
    queue: option('-q, --queue <name>', 'Where its jobs go.', word),
    missed: option(
      '--missed <how>',
      'Ticks for which nobody was there; once unless given.',
      oneOf(['skip', 'once', 'all']),
    ),
    overlap: option(
      '--overlap <how>',
      'A tick while the job before has not ended; allow unless given.',
      oneOf(['allow', 'skip', 'queue']),
    ),
    timeMember: option(
      '--time-as <member>',
      "Put the tick's time, in milliseconds since 1970, into the payload.",
      word,
    ),
    priority: option(
      '--priority <n>',
      'Of its jobs; higher goes first.',
      wholeNumber({ min: -PRIORITY_MAX, max: PRIORITY_MAX }),
    ),
    attemptsMax: option(
      '--attempts <n>',
      'Attempts of each job; else its worker decides.',
      wholeNumber({ min: 1, max: 1_000_000 }),
    ),
    isPaused: flag('--paused', 'It does not tick until hob schedule resume, or until it is added again without this.'),
  },
  examples: [
    { line: "hob schedule add nightly --cron '30 2 * * *' --zone Europe/Berlin -q reports", says: 'Every night.' },
    { line: `hob schedule add probe --every 5s --overlap skip -q probes '{"url": "http://…"}'`, says: 'Every 5 s.' },
  ],
  notes:
    'All of a schedule that stands is replaced: say what is to stay. docs/schedules.md tells what each word means.',
  async run({ args: [name = '', json], options, globals, terminal: { out }, openBroker }) {
    const { queue, ...settings } = options
    if (queue === undefined) throw new CliError('usage', '--queue is missing: where do the jobs go?')
    if ((settings.cron === undefined) === (settings.everyMs === undefined)) {
      throw new CliError('usage', 'a schedule needs either --cron or --every')
    }
    if (settings.zone !== undefined && settings.cron === undefined) {
      throw new CliError('usage', '--zone goes together with --cron only: time passes evenly in all zones')
    }
    const payload = payloadOf(json)
    const broker = await openBroker()
    const given = Object.fromEntries(Object.entries(settings).filter(([, value]) => value !== undefined))
    const { isNew, schedule } = await new Schedules(broker).put({ name, queue, payload, ...given })
    const { nowMs } = await broker.describe()
    if (globals.json) out.json({ isNew, schedule })
    else {
      const next = schedule.isPaused ? 'paused' : `next ${tellNext(schedule, nowMs)}`
      out.line(`${isNew ? 'added' : 'changed'} schedule ${visible(name)}: ${visible(tellTimes(schedule))}; ${next}`)
    }
    return EXIT_OK
  },
})

function payloadOf(json: string | undefined): Json {
  if (json !== undefined && isTooDeep(json)) {
    throw new CliError('usage', `the payload is nested more than ${JSON_DEPTH_MAX} levels deep`)
  }
  try {
    return json === undefined ? null : parseJson(json)
  } catch (cause) {
    throw new CliError('usage', `the payload is not JSON: ${(cause as SyntaxError).message}`, {
      hint: `Write it like '{"to": "ada@example.org"}', and a text like '"ada"'.`,
      cause,
    })
  }
}
