import { versionIn } from '../machine.mjs'
import { needDebianPackage, versionOf } from '../peers.mjs'
import { duckdbFolder, sameAnswer } from './answer.mjs'
import { dataFile, oneOf, words } from './data.mjs'
import { ruleRun } from './hob.mjs'
import { runTaskWatched, runWatched } from './watched.mjs'

const MAWK = '{ n[$8]++ } END { print "last,count"; for (name in n) print name "," n[name] }'

const QUERY =
  "SELECT last, count(*)::BIGINT AS count FROM read_json($file, format = 'newline_delimited', columns = {first: 'VARCHAR', last: 'VARCHAR'}) WHERE last IS NOT NULL GROUP BY last ORDER BY last"

/** The rule of the first example, on many lines: how often each last name comes. */
export const names = {
  name: 'names',
  counts: { full: 10_000_000, quick: 2_000 },
  settings: (count) =>
    `${count} JSON lines of two names, how often each last name comes; whole processes, reading a plain file. mawk splits at quotes, and would be wrong on any other JSON; DuckDB is given the columns and has two threads`,
  prepare: ({ count }) => namesFile(count),
  sides: {
    hob: (task) => ruleRun('names.last_names', task, { threads: 2 }).then(counted('hob', task)),
    'hob, one thread': (task) => ruleRun('names.last_names', task, { threads: 1 }).then(counted('hob', task)),
    'hob by rows': (task) => byRows(task, 2).then(counted('hob by rows', task)),
    'hob by rows, one thread': (task) => byRows(task, 1).then(counted('hob by rows', task)),
    mawk,
    Miller,
    'bare loop': (task) => runTaskWatched('rules-bare', { ...task, threads: 1 }).then(counted('bare loop', task)),
    'two bare loops': (task) => runTaskWatched('rules-bare', { ...task, threads: 2 }).then(counted('bare loops', task)),
    DuckDB: (task) => runTaskWatched('rules-duckdb', { ...task, queries: [QUERY] }).then(counted('DuckDB', task)),
  },
  versions: () =>
    `mawk ${versionOf('mawk')}, Miller ${versionOf('mlr')}, @duckdb/node-api ${versionIn(duckdbFolder)}; the loops are of Node`,
  rows: [
    rateRow('names rows one thread', 'hob by rows, one thread', 'bare loop', { atLeast: 0.8 }),
    rateRow('names rows two threads', 'hob by rows', 'bare loop', { atLeast: 1.6 }),
    rateRow('names one thread', 'hob, one thread', 'bare loop'),
    rateRow('names bare loop', 'hob', 'bare loop', { atLeast: 5 }),
    rateRow('names machine', 'two bare loops', 'bare loop'),
    rateRow('names two loops', 'hob', 'two bare loops'),
    rateRow('names mawk', 'hob', 'mawk', { atLeast: 2.5 }),
    rateRow('names miller', 'hob', 'Miller', { atLeast: 8 }),
    rateRow('names duckdb', 'hob', 'DuckDB', { atLeast: 0.75 }),
    ...['mawk', 'Miller', 'bare loop', 'two bare loops', 'DuckDB'].map(memoryRow),
  ],
}

/** With the function called for every line. */
const byRows = (task, threads) => ruleRun('names.last_names', task, { threads, engine: 'rows' })

function rateRow(name, hob, peer, target) {
  const what = `lines a second: ${hob}; ${peer}`
  return { name, what, hob, peer, metric: 'rate', unit: 'lines/s', figure: 'ratio', target }
}

function memoryRow(peer) {
  const name = `names memory ${peer.toLowerCase()}`
  return { name, what: `peak memory: hob; ${peer}`, hob: 'hob', peer, metric: 'peakMb', unit: 'MB', figure: 'ratio' }
}

function namesFile(count) {
  const first = words(1_000)
  const last = words(5_000)
  const lineOf = (random) => `{"first":"${oneOf(first, random)}","last":"${oneOf(last, random)}"}`
  return dataFile({ name: 'names.jsonl', count, lineOf })
}

async function mawk(task) {
  needDebianPackage('mawk')
  return counted('mawk', task)(await runWatched('mawk', ['-F', '"', MAWK, task.prepared], task))
}

async function Miller(task) {
  needDebianPackage('mlr', 'miller')
  const args = ['--ijsonl', '--ocsv', 'count', '-g', 'last', task.prepared]
  return counted('Miller', task)(await runWatched('mlr', args, task))
}

/** Checks the answer and tells the rate. */
const counted =
  (side, { count, prepared }) =>
  ({ ms, cpuUs, peakMb, file }) => {
    sameAnswer({ side, data: prepared, file })
    return { rate: (count / ms) * 1_000, cpuUs: cpuUs / count, peakMb }
  }
