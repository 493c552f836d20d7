import { kitchenIn, writeOrders } from '../order-file.mjs'
import { HOB, runNode } from '../programs.mjs'

/** Counters, never a count: a million orders shall cost what ten do. */
export const status = {
  name: 'status',
  counts: { full: 1_000_000, quick: 2_000 },
  repeat: 4,
  settings: (count) => `hob status of a kitchen where ${count} orders wait; the time beyond node -e 0`,
  prepare({ folder, count }) {
    const file = `${folder}/orders.csv`
    writeOrders(file, count)
    runNode([HOB, 'load', '-k', kitchenIn(folder), file], { cwd: folder })
    return folder
  },
  sides: {
    hob: ({ prepared: folder }) => ({ ms: runNode([HOB, 'status', '-k', kitchenIn(folder)], { cwd: folder }).ms }),
    'node -e 0': ({ folder }) => ({ ms: runNode(['-e', '0'], { cwd: folder }).ms }),
  },
  rows: [
    {
      name: 'status',
      what: 'status at 1,000,000 orders, beyond starting Node',
      ...{ hob: 'hob', peer: 'node -e 0', metric: 'ms', unit: 'ms', figure: 'difference', target: { atMost: 50 } },
    },
  ],
}
