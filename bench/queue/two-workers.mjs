import { side, versionsOf } from './sides.mjs'

/** Whether a second process helps, until the server is what bounds. */
export const twoWorkers = ['redis', 'postgres'].map((engine) => ({
  name: `${engine} two workers`,
  counts: { full: 400_000, quick: 1_000 },
  settings: (count) => `${count} jobs, no-op handler, concurrency 10 in each process; until the counters say empty`,
  sides: {
    two: side({ engine, library: 'hob', task: 'work-together', isFilled: true, processes: 2 }),
    one: side({ engine, library: 'hob', task: 'work-together', isFilled: true, processes: 1 }),
  },
  versions: () => versionsOf(engine, []),
  rows: [
    {
      name: `${engine} two workers`,
      what: 'two worker processes; one',
      ...{ hob: 'two', peer: 'one', metric: 'rate', unit: 'jobs/s', figure: 'ratio', target: { atLeast: 1.5 } },
    },
  ],
}))
