import { runTask } from '../programs.mjs'

export const sendOne = {
  name: 'send one',
  counts: { full: 30_000, quick: 300 },
  settings: (count) => `${count} jobs of a hundred bytes, each awaited and a transaction of its own, FULL`,
  sides: { hob: (task) => runTask('send-one', task), 'bare loop': (task) => runTask('send-one-bare', task) },
  rows: [
    {
      name: 'send one',
      what: 'one awaited send at a time; bare, one row a transaction',
      ...{ hob: 'hob', peer: 'bare loop', metric: 'rate', unit: 'jobs/s', figure: 'ratio', target: { atLeast: 0.6 } },
    },
  ],
}
