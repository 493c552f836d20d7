import { fillKitchen, kitchenIn } from '../order-file.mjs'
import { HOB, runNode } from '../programs.mjs'

const ORDERS = 100
const common = { peer: 'node -e 0', metric: 'ms', unit: 'ms', figure: 'ratio', target: { atMost: 2 } }

/** What a script that asks often pays. */
export const start = {
  name: 'start',
  counts: { full: ORDERS, quick: ORDERS },
  repeat: 4,
  settings: (count) => `whole process, the program's file run by node; the kitchen of status holds ${count} orders`,
  prepare({ folder, count }) {
    fillKitchen(folder, count)
    return folder
  },
  sides: {
    version: (task) => timed([HOB, '--version'], task),
    status: (task) => timed([HOB, 'status', '-k', kitchenIn(task.prepared)], task),
    'node -e 0': (task) => timed(['-e', '0'], task),
  },
  rows: [
    { name: 'start version', what: 'hob --version; node -e 0', hob: 'version', ...common },
    { name: 'start status', what: 'hob status; node -e 0', hob: 'status', ...common },
  ],
}

const timed = (args, { folder }) => ({ ms: runNode(args, { cwd: folder }).ms })
