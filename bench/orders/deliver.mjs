import { writeFileSync } from 'node:fs'
import { fillKitchen, kitchenIn } from '../order-file.mjs'
import { needDebianPackage, versionOf } from '../peers.mjs'
import { HOB, run, runNode } from '../programs.mjs'

/** GNU parallel is slow enough that fewer orders tell its rate, with its start-up (90 ms) under 4 % of the time. */
const PARALLEL_SHARE = 0.1

/** Commands that do nothing: all that is left is the cost of an order. */
export const deliver = {
  name: 'deliver',
  counts: { full: 10_000, quick: 100 },
  settings: (count) =>
    `${count} orders with one argument each, /bin/true, two at once, whole process. Hob: synchronous=FULL; xargs: no record at all; parallel: --joblog, a tenth of the orders`,
  sides: { hob, xargs, parallel },
  versions: () => `xargs ${versionOf('xargs')}, GNU parallel ${versionOf('parallel')}`,
  rows: [
    {
      name: 'deliver xargs',
      what: 'deliver -j 2 /bin/true, durable; xargs -P2 -n1',
      ...{ hob: 'hob', peer: 'xargs', metric: 'rate', unit: 'orders/s', figure: 'ratio', target: { atLeast: 1 } },
    },
    {
      name: 'deliver parallel',
      what: 'the same; GNU parallel -j2 --joblog',
      ...{ hob: 'hob', peer: 'parallel', metric: 'rate', unit: 'orders/s', figure: 'ratio', target: { atLeast: 8 } },
    },
  ],
}

function hob({ folder, count }) {
  fillKitchen(folder, count)
  const { ms } = runNode([HOB, 'deliver', '-k', kitchenIn(folder), '-j', '2', '/bin/true'], { cwd: folder })
  return { rate: (count / ms) * 1_000 }
}

function xargs({ folder, count }) {
  writeWords(folder, count)
  const { ms } = run('sh', ['-c', 'exec xargs -P2 -n1 /bin/true < words'], { cwd: folder })
  return { rate: (count / ms) * 1_000 }
}

function parallel({ folder, count }) {
  needDebianPackage('parallel')
  const fewer = count * PARALLEL_SHARE
  writeWords(folder, fewer)
  const script = 'exec parallel --will-cite -j2 --joblog joblog /bin/true < words'
  const { ms } = run('sh', ['-c', script], { cwd: folder })
  return { rate: (fewer / ms) * 1_000 }
}

function writeWords(folder, count) {
  writeFileSync(`${folder}/words`, Array.from({ length: count }, (_, number) => `${number}\n`).join(''))
}
