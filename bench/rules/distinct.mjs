import { sameAnswer } from './answer.mjs'
import { dataFile } from './data.mjs'
import { ruleRun } from './hob.mjs'
import { runTaskWatched } from './watched.mjs'

const QUERY =
  "SELECT id, sum(amount)::BIGINT AS amount FROM read_json($file, format = 'newline_delimited', columns = {id: 'VARCHAR', amount: 'BIGINT'}) GROUP BY id ORDER BY id"

const INTO = 'result.csv'

/** No key comes twice, so that nothing gets less before it is sorted. */
export const distinct = {
  name: 'distinct',
  counts: { full: 10_000_000, quick: 2_000 },
  rounds: 2,
  settings: (count) =>
    `${count} JSON lines, each with a key of its own, in no order; sorted CSV of all into a file; whole processes. DuckDB: two threads, memory_limit 512 MB`,
  prepare({ count }) {
    // A multiplier without a factor in common with the count gives each number once, far from its neighbours.
    const lineOf = (_, number) => `{"id":"user-${(number * 7_919_777) % count}","amount":${number % 100}}`
    return dataFile({ name: 'distinct.jsonl', count, lineOf })
  },
  sides: {
    hob: (task) => ruleRun('distinct.keys', task, { threads: 2 }).then(sorted('hob', task)),
    DuckDB: (task) =>
      runTaskWatched('rules-duckdb', {
        ...{ ...task, queries: [QUERY], into: INTO },
        settings: { memory_limit: '512MB', temp_directory: task.folder },
      }).then((ran) => sorted('DuckDB', task)({ ...ran, file: `${task.folder}/${INTO}` })),
  },
  rows: [
    {
      ...{ name: 'distinct duckdb', what: '10,000,000 different keys; DuckDB', hob: 'hob', peer: 'DuckDB' },
      ...{ metric: 'rate', unit: 'lines/s', figure: 'ratio', target: { atLeast: 0.3 } },
    },
    {
      ...{ name: 'distinct memory', what: 'peak memory of that', hob: 'hob', metric: 'peakMb', unit: 'MB' },
      ...{ figure: 'value', target: { atMost: 1_000 } },
    },
    {
      ...{ name: 'distinct memory duckdb', what: 'peak memory; DuckDB', hob: 'hob', peer: 'DuckDB' },
      ...{ metric: 'peakMb', unit: 'MB', figure: 'ratio' },
    },
  ],
}

const sorted =
  (side, { count, prepared }) =>
  ({ ms, cpuUs, peakMb, file }) => {
    sameAnswer({ side, data: prepared, file, isSorted: true })
    return { rate: (count / ms) * 1_000, cpuUs: cpuUs / count, peakMb }
  }
