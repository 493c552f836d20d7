import { side, versionsOf } from '../queue/sides.mjs'

/** Milliseconds beyond a round trip. */
const AT_MOST = { sqlite: 5, redis: 2, postgres: 2 }

/** How soon an idle worker of another process starts a job, beyond what it takes to ask the store anything. */
export const start = Object.entries(AT_MOST).map(([engine, atMost]) => ({
  name: `${engine} start`,
  counts: { full: 200, quick: 5 },
  settings: (count) =>
    `${count} jobs, one at a time, 20 ms apart; from the call of send to the handler's start elsewhere`,
  sides: { hob: side({ engine, library: 'hob', task: 'latency' }) },
  versions: () => versionsOf(engine, []),
  rows: [
    {
      name: `${engine} start`,
      what: 'start after send beyond a round trip, idle worker, p50',
      ...{ hob: 'hob', metric: 'beyondMs', unit: 'ms', figure: 'value', target: { atMost } },
    },
  ],
}))

/** What an idle worker takes of a core. */
export const idle = Object.keys(AT_MOST).map((engine) => ({
  name: `${engine} idle`,
  counts: { full: 20, quick: 1 },
  rounds: 3,
  settings: (count) => `a worker of an empty queue, ${count} s of it`,
  sides: { hob: side({ engine, library: 'hob', task: 'idle' }) },
  versions: () => versionsOf(engine, []),
  rows: [
    {
      name: `${engine} idle`,
      what: 'an idle worker, part of a core',
      ...{ hob: 'hob', metric: 'percent', unit: '%', figure: 'value', target: { atMost: 1 } },
    },
  ],
}))
