import { ENGINES } from '../engines.mjs'
import { runTask } from '../programs.mjs'
import { versionsOf } from './sides.mjs'

const FEW = 10_000
const CYCLES = 200

const ROWS = [
  [
    'waiting',
    'many',
    'take and settle with 3,000,000 jobs waiting; with 10,000',
    'us',
    'µs',
    { target: { atMost: 1.3 } },
  ],
  ['history', 'history', 'the same with 3,000,000 in history', 'us', 'µs', { target: { atMost: 1.3 } }],
  ['sweep', 'history', 'a sweep that keeps all of 3,000,000 in history', 'sweepMs', 'ms', {}],
]

/** What a take and a settle cost, whatever waits and whatever has been. */
export const growth = ['sqlite', 'redis', 'postgres'].map((engine) => ({
  name: `${engine} growth`,
  counts: { full: 3_000_000, quick: 5_000 },
  settings: (count) =>
    `${CYCLES} times: 100 jobs settled and 100 taken, with ${FEW} waiting, ${count} waiting, and ${FEW} waiting and ${count} in history; the median of their times, for each job`,
  async prepare({ folder, count }) {
    const stores = [
      ['few', { waiting: FEW, done: 0 }],
      ['many', { waiting: count, done: 0 }],
      ['history', { waiting: FEW, done: count }],
    ]
    const places = {}
    for (const [index, [name, sizes]] of stores.entries()) {
      places[name] = await ENGINES[engine].open({ folder, index })
      runTask('grow', { folder, ...places[name], ...sizes })
    }
    return { places, keepMax: 2 * count }
  },
  sides: Object.fromEntries(
    ['few', 'many', 'history'].map((name) => [
      name,
      ({ folder, prepared: { places, keepMax } }) =>
        runTask('cycles', { folder, ...places[name], count: CYCLES, keepMax }),
    ]),
  ),
  versions: () => versionsOf(engine, []),
  rows: ROWS.map(([name, hob, what, metric, unit, target]) => ({
    name: `${engine} growth ${name}`,
    what,
    ...{ hob, peer: 'few', metric, unit, figure: 'ratio', ...target },
  })),
}))
