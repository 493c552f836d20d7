import type { Broker } from '../broker/broker.js'
import { plural } from '../core/count.js'
import { type Command, defineCommand, type Invocation } from './command.js'
import { EXIT_OK } from './exit-codes.js'
import { flag } from './option.js'
import { visible } from './print/visible.js'
import { noQueue } from './queues.js'

/** `hob pause`. */
export const pause: Command = defineCommand({
  args: [{ syntax: '<queue...>', summary: 'Queues.' }],
  options: { isNew: flag('--new', 'Also a queue that never had a job: what is sent to it then waits.') },
  examples: [
    { line: 'hob pause mail', says: 'What runs goes on, nothing more is taken; what is sent waits.' },
    { line: 'hob pause --new imports', says: 'Before its first job.' },
  ],
  notes: 'It lasts until hob resume, over hob clean and the end of every process.',
  run: (invocation) => setPaused(invocation, { isPaused: true, isNew: invocation.options.isNew }),
})

/** `hob resume`. */
export const resume: Command = defineCommand({
  args: [{ syntax: '<queue...>', summary: 'Queues.' }],
  options: {},
  examples: [{ line: 'hob resume mail', says: 'Workers take its jobs again, at once.' }],
  run: (invocation) => setPaused(invocation, { isPaused: false, isNew: false }),
})

interface Pausing {
  readonly isPaused: boolean
  /** A queue that is not there comes into being. */
  readonly isNew: boolean
}

/** All are looked at before one is changed, so that a mistyped name changes nothing. */
async function setPaused(
  { args, globals, terminal, openBroker }: Invocation<unknown>,
  { isPaused, isNew }: Pausing,
): Promise<number> {
  const broker = await openBroker({ create: isNew })
  const names = [...new Set(args)]
  const before = await statesOf(broker, names, { isPaused, isNew })
  for (const queue of names) await broker.pause({ queue, isPaused })
  if (globals.json)
    terminal.out.json(names.map((queue) => ({ queue, isPaused, wasPaused: before.get(queue)?.isPaused ?? false })))
  else for (const queue of names) terminal.out.line(tell(queue, { isPaused, before: before.get(queue) }))
  return EXIT_OK
}

interface Before {
  readonly isPaused: boolean
  readonly running: number
  readonly waiting: number
}

async function statesOf(
  broker: Broker,
  names: readonly string[],
  { isPaused: canBeNew, isNew }: Pausing,
): Promise<ReadonlyMap<string, Before>> {
  const queues = await broker.queues()
  const missing = names.find((name) => !queues.some(({ queue }) => queue === name))
  if (missing !== undefined && !isNew) {
    throw noQueue(
      missing,
      queues.map(({ queue }) => queue),
      { canBeNew },
    )
  }
  return new Map(
    queues.map(({ queue, isPaused, counts: { running, ready, scheduled } }) => [
      queue,
      { isPaused, running, waiting: ready + scheduled },
    ]),
  )
}

function tell(
  name: string,
  { isPaused, before }: { readonly isPaused: boolean; readonly before: Before | undefined },
): string {
  const queue = visible(name)
  const waiting = `${plural(before?.waiting ?? 0, 'job')} ${before?.waiting === 1 ? 'waits' : 'wait'}`
  if (!isPaused) return before?.isPaused ? `${queue} goes on; ${waiting}` : `${queue} was not paused`
  if (before?.isPaused) return `${queue} was paused already; ${waiting}`
  const running = before?.running ?? 0
  return running === 0
    ? `${queue} is paused; ${waiting}`
    : `${queue} is paused; ${waiting}, what runs (${plural(running, 'job')}) goes on`
}
