import { side, versionsOf } from './sides.mjs'

/** A snapshot that is held keeps PostgreSQL from clearing away what a queue deletes and updates. */
export const snapshot = {
  name: 'postgres snapshot',
  counts: { full: 60, long: 600, quick: 2 },
  rounds: 1,
  settings: (seconds) => `${seconds} seconds of sending and working in one process, some 20,000 jobs waiting`,
  sides: {
    held: side({ engine: 'postgres', library: 'hob', task: 'steady', holdsSnapshot: true }),
    free: side({ engine: 'postgres', library: 'hob', task: 'steady', holdsSnapshot: false }),
    'graphile-worker': side({ engine: 'postgres', library: 'graphile-worker', task: 'steady', holdsSnapshot: true }),
  },
  versions: () => versionsOf('postgres', ['graphile-worker']),
  rows: [
    {
      name: 'postgres snapshot',
      what: 'send and work with a snapshot held; without',
      ...{ hob: 'held', peer: 'free', metric: 'rate', unit: 'jobs/s', figure: 'ratio', target: { atLeast: 0.7 } },
    },
    {
      name: 'postgres snapshot end',
      what: 'the same, the last quarter of the time',
      ...{ hob: 'held', peer: 'free', metric: 'endRate', unit: 'jobs/s', figure: 'ratio', target: { atLeast: 0.7 } },
    },
    {
      name: 'postgres snapshot graphile-worker',
      what: 'the same, beside a peer under the same',
      ...{ hob: 'held', peer: 'graphile-worker', metric: 'endRate', unit: 'jobs/s', figure: 'ratio' },
    },
  ],
}
