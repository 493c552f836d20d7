import { side, versionsOf } from '../queue/sides.mjs'

/** How late the ticks of many schedules come. */
export const schedules = ['sqlite', 'redis', 'postgres'].map((engine) => ({
  name: `${engine} schedules`,
  counts: { full: 10_000, quick: 50 },
  rounds: 3,
  settings: (count) => `${count} schedules, each once a minute, spread over it; 20 s of one process`,
  sides: { hob: side({ engine, library: 'hob', task: 'schedules' }) },
  versions: () => versionsOf(engine, []),
  rows: [
    {
      name: `${engine} schedules`,
      what: 'the latest tick of 10,000 schedules',
      ...{ hob: 'hob', metric: 'maxMs', unit: 'ms', figure: 'value', target: { atMost: 100 } },
    },
    {
      name: `${engine} schedules p99`,
      what: 'the same, p99',
      ...{ hob: 'hob', metric: 'p99', unit: 'ms', figure: 'value' },
    },
  ],
}))
