import { versionIn } from '../machine.mjs'
import { needDebianPackage, versionOf } from '../peers.mjs'
import { duckdbFolder, sameAnswer } from './answer.mjs'
import { dataFile, oneOf, words } from './data.mjs'
import { ruleRun } from './hob.mjs'
import { runTaskWatched, runWatched } from './watched.mjs'

const COLUMNS = 16

/** Names of columns that the queries use; the others are what their number says. */
const NAMES = { 2: 'candidate', 8: 'occupation', 9: 'amount' }
const columnNames = Array.from({ length: COLUMNS }, (_, index) => NAMES[index] ?? `c${index}`)

const MILLER = `if ($10 > 0) {
  @count[$3][tolower($9)] += 1; @amount[$3][tolower($9)] += $10;
  @countOf[$3] += 1; @amountOf[$3] += $10
} end {
  emit (@count, @amount), "candidate", "occupation";
  emit (@countOf, @amountOf), "candidate"
}`

/** Both groupings in one pass. */
const QUERY = `SELECT candidate, lower(occupation) AS occupation, count(*)::BIGINT AS count, sum(amount) AS amount
  FROM read_csv($file, header = false, quote = '"', escape = '"', delim = ',', auto_detect = false, columns = {${columnNames
    .map((name) => `'${name}': '${name === 'amount' ? 'DOUBLE' : 'VARCHAR'}'`)
    .join(', ')}})
  WHERE amount > 0
  GROUP BY GROUPING SETS ((candidate), (candidate, lower(occupation)))`

/** A file of quoted fields, two groupings, a filter and a transform, as the rule of the campaign's money has them. */
export const finance = {
  name: 'finance',
  counts: { full: 2_000_000, quick: 2_000 },
  settings: (count) =>
    `${count} CSV lines of ${COLUMNS} columns, most of them quoted; counts and sums by candidate, and by candidate and occupation in small letters, of amounts above 0; whole processes. DuckDB: both in one pass, given the columns, two threads`,
  prepare: ({ count }) => financeFile(count),
  sides: {
    hob: (task) => ruleRun('finance.contributions', task, { threads: 2 }).then(counted('hob', task)),
    'hob, one thread': (task) => ruleRun('finance.contributions', task, { threads: 1 }).then(counted('hob', task)),
    Miller,
    DuckDB: (task) => runTaskWatched('rules-duckdb', { ...task, queries: [QUERY] }).then(counted('DuckDB', task)),
  },
  versions: () => `Miller ${versionOf('mlr')}, @duckdb/node-api ${versionIn(duckdbFolder)}`,
  rows: [
    rateRow('finance miller', 'hob', 'Miller'),
    rateRow('finance duckdb', 'hob', 'DuckDB'),
    rateRow('finance threads', 'hob', 'hob, one thread'),
    memoryRow('Miller'),
    memoryRow('DuckDB'),
  ],
}

function rateRow(name, hob, peer) {
  const what = `lines a second: ${hob}; ${peer}`
  return { name, what, hob, peer, metric: 'rate', unit: 'lines/s', figure: 'ratio' }
}

function memoryRow(peer) {
  const name = `finance memory ${peer.toLowerCase()}`
  return { name, what: `peak memory: hob; ${peer}`, hob: 'hob', peer, metric: 'peakMb', unit: 'MB', figure: 'ratio' }
}

async function Miller(task) {
  needDebianPackage('mlr', 'miller')
  const args = ['--icsv', '--ocsv', '--implicit-csv-header', 'put', '-q', MILLER, task.prepared]
  return counted('Miller', task)(await runWatched('mlr', args, task))
}

/** Checks the answer and tells the rate. */
const counted =
  (side, { count, prepared }) =>
  ({ ms, cpuUs, peakMb, file }) => {
    sameAnswer({ side, data: prepared, file })
    return { rate: (count / ms) * 1_000, cpuUs: cpuUs / count, peakMb }
  }

function financeFile(count) {
  const people = words(20_000)
  const candidates = words(25)
  const places = words(2_000)
  const jobs = words(3_000).map((word) => word.toUpperCase())
  const quoted = (...texts) => texts.map((text) => `"${text}"`).join(',')
  const lineOf = (random, number) => {
    const candidate = random(random(candidates.length) + 1)
    const who = `${oneOf(people, random)}, ${oneOf(people, random)}`
    const memo = number % 10 === 0 ? `known so far as ""${oneOf(jobs, random)}"", see there` : ''
    const cents = String(random(100)).padStart(2, '0')
    return [
      quoted(
        `C00${430_000 + candidate}`,
        `P8000000${3_000 + candidate}`,
        candidates[candidate],
        who,
        oneOf(places, random),
      ),
      `OR,${97_000 + random(999)}`,
      quoted(`${oneOf(places, random)} & sons and company`, oneOf(jobs, random)),
      `${random(20) === 0 ? '-' : ''}${random(2_500)}.${cents},${10 + random(20)}-NOV-11`,
      quoted('', 'X', memo, 'SA17A.2011'),
      String(750_000 + random(50_000)),
    ].join(',')
  }
  return dataFile({ name: 'finance.csv', count, lineOf })
}
