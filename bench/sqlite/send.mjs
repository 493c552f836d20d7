import { runTask } from '../programs.mjs'

const PER_TRANSACTION = 1_000

export const send = {
  name: 'send 1000',
  counts: { full: 300_000, quick: 1_000 },
  settings: (count) => `${count} jobs of a hundred bytes, ${PER_TRANSACTION} a transaction, FULL, both from objects`,
  sides: {
    hob: (task) => runTask('send-batches', { ...task, batch: PER_TRANSACTION }),
    'bare loop': (task) => runTask('send-batches-bare', { ...task, perTransaction: PER_TRANSACTION }),
  },
  rows: [
    {
      name: 'send 1000',
      what: 'send 1,000 at a time; bare inserts of the same',
      ...{ hob: 'hob', peer: 'bare loop', metric: 'rate', unit: 'jobs/s', figure: 'ratio', target: { atLeast: 0.5 } },
    },
  ],
}
