import { fillKitchen } from '../order-file.mjs'
import { runTask } from '../programs.mjs'

const BALLAST_MB = 600

/** Forking a process of 600 MB takes Node ten milliseconds; Hob's helpers stay small. */
export const heavyWaiter = {
  name: 'heavy waiter',
  counts: { full: 10_000, quick: 100 },
  settings: (count) =>
    `${count} orders, /bin/true, two at once, the command run inside a process that holds ${BALLAST_MB} MB (half buffers, half objects), or nothing`,
  sides: {
    heavy: (task) => waiter(task, BALLAST_MB),
    'at rest': (task) => waiter(task, 0),
  },
  rows: [
    {
      name: 'heavy waiter',
      what: 'deliver with the waiter at 600 MB; itself at rest',
      ...{ hob: 'heavy', peer: 'at rest', metric: 'rate', unit: 'orders/s', figure: 'ratio', target: { atLeast: 0.8 } },
    },
  ],
}

function waiter({ folder, count }, ballastMb) {
  fillKitchen(folder, count)
  const metrics = runTask('heavy-waiter', { folder, count, ballastMb })
  if (metrics.residentMb < ballastMb) throw new Error(`the waiter held only ${metrics.residentMb} MB`)
  return metrics
}
