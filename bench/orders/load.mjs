import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { kitchenIn, writeOrders } from '../order-file.mjs'
import { HOB, runNode, runTask } from '../programs.mjs'

const REPORT_PEAK = fileURLToPath(new URL('../tasks/report-peak.mjs', import.meta.url))

/** As many rows as `hob load` puts in a transaction. */
const PER_TRANSACTION = 2_000

/** Hob reads and parses a file and is timed from its start to its end; the bare loop has its payloads at hand. */
export const load = {
  name: 'load',
  counts: { full: 1_000_000, quick: 2_000 },
  settings: (count) =>
    `${count} CSV rows of three columns, FULL. Hob: the whole process. Bare: the loop alone, payloads ready-made, ${PER_TRANSACTION} a transaction`,
  prepare({ folder, count }) {
    const file = `${folder}/orders.csv`
    writeOrders(file, count)
    return file
  },
  sides: { hob, 'bare loop': (task) => runTask('load-bare', { ...task, perTransaction: PER_TRANSACTION }) },
  rows: [
    {
      name: 'load rate',
      what: 'load of 1,000,000 rows; bare inserts of the same',
      ...{ hob: 'hob', peer: 'bare loop', metric: 'rate', unit: 'rows/s', figure: 'ratio', target: { atLeast: 0.5 } },
    },
    {
      name: 'load memory',
      what: 'peak memory of that load',
      ...{ hob: 'hob', metric: 'peakMb', unit: 'MB', figure: 'value', target: { atMost: 150 } },
    },
  ],
}

function hob({ folder, count, prepared: file }) {
  const peakFile = `${folder}/peak`
  const { ms } = runNode(['--import', REPORT_PEAK, HOB, 'load', '-k', kitchenIn(folder), file], {
    cwd: folder,
    env: { BENCH_PEAK_FILE: peakFile },
  })
  return { rate: (count / ms) * 1_000, peakMb: Number(readFileSync(peakFile, 'utf8')) / 1_024 }
}
