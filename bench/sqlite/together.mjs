import { runTaskFilled } from '../programs.mjs'

const PROCESSES = 4

/** Some ten seconds: of 200,000 jobs half of the time is V8's, which compiles the same code in each process. */
const JOBS = 1_000_000

export const together = {
  name: 'together',
  counts: { full: JOBS, quick: 1_000 },
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
