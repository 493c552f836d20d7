import { runTaskFilled } from '../programs.mjs'

const PROCESSES = 4

export const together = {
  name: 'together',
  counts: { full: 200_000, quick: 1_000 },
  settings: (count) =>
    `${count} jobs, no-op handler, concurrency 10 in each process, FULL; from the word to go until the counters say empty`,
  sides: {
    four: (task) => runTaskFilled('work-together', { ...task, processes: PROCESSES }),
    one: (task) => runTaskFilled('work-together', { ...task, processes: 1 }),
  },
  rows: [
    {
      name: 'together rate',
      what: 'four processes on one SQLite file; one process',
      ...{ hob: 'four', peer: 'one', metric: 'rate', unit: 'jobs/s', figure: 'ratio', target: { atLeast: 0.9 } },
    },
    {
      name: 'together share',
      what: 'what the least of the four did',
      ...{ hob: 'four', metric: 'leastShare', unit: '%', figure: 'value', target: { atLeast: 15 } },
    },
  ],
}
