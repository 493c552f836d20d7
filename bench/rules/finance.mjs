import { versionIn } from '../machine.mjs'
import { needDebianPackage, versionOf } from '../peers.mjs'
import { duckdbFolder, sameAnswer } from './answer.mjs'
import { dataFile, oneOf, words } from './data.mjs'
import { ruleRun } from './hob.mjs'
import { runTaskWatched, runWatched } from './watched.mjs'

const COLUMNS = 16

/** Names of columns that the queries use; the others are what their number says. */
const NAMES = { 1: 'candidateId', 2: 'candidate', 8: 'occupation', 9: 'amount' }
const columnNames = Array.from({ length: COLUMNS }, (_, index) => NAMES[index] ?? `c${index}`)

/** Those of the rule, who are still in the race. */
const ACTIVE = ['P80000003000', 'P80000003001', 'P80000003003', 'P80000003004', 'P80000003007']

/** What each side does: of an amount that only the sum needs, and of one that functions read. */
const WORK = {
  contributions: {
    what: 'of five candidates, whose names and whose givers’ occupations become small letters and digits',
    millerIf: ACTIVE.map((id) => `$2 == "${id}"`).join(' || '),
    millerKeys: ['gsub(tolower($3), "[^a-z0-9]", "")', 'gsub(tolower($9), "[^a-z0-9]", "")'],
    where: `candidateId IN (${ACTIVE.map((id) => `'${id}'`).join(', ')})`,
    keys: [
      "regexp_replace(lower(candidate), '[^a-z0-9]', '', 'g')",
      "regexp_replace(lower(occupation), '[^a-z0-9]', '', 'g')",
    ],
  },
  amounts: {
    what: 'of amounts above 0, with occupations in small letters: since a function reads the amount, nearly each line is a group of its own, the worst case',
    millerIf: '$10 > 0',
    millerKeys: ['$3', 'tolower($9)'],
    where: 'amount > 0',
    keys: ['candidate', 'lower(occupation)'],
  },
}

const miller = ({ millerIf, millerKeys: [candidate, occupation] }) => `if (${millerIf}) {
  candidate = ${candidate}; occupation = ${occupation};
  @count[candidate][occupation] += 1; @amount[candidate][occupation] += $10;
  @countOf[candidate] += 1; @amountOf[candidate] += $10
} end {
  emit (@count, @amount), "candidate", "occupation";
  emit (@countOf, @amountOf), "candidate"
}`

/** Both groupings in one pass. */
const query = ({ where, keys: [candidate, occupation] }) => `WITH given AS (
  SELECT ${candidate} AS candidate, ${occupation} AS occupation, amount
  FROM read_csv($file, header = false, quote = '"', escape = '"', delim = ',', auto_detect = false, columns = {${columnNames
    .map((name) => `'${name}': '${name === 'amount' ? 'DOUBLE' : 'VARCHAR'}'`)
    .join(', ')}})
  WHERE ${where})
  SELECT candidate, occupation, count(*)::BIGINT AS count, sum(amount) AS amount FROM given
  GROUP BY GROUPING SETS ((candidate), (candidate, occupation))`

/** A file of quoted fields, two groupings, a filter and transforms, as the rule of the campaign's money has them. */
export const finance = benchmarkOf('finance', 'contributions', { atLeast: 0.6 })

/** The same file where a function reads what is summed. */
export const financeAmounts = benchmarkOf('finance amounts', 'amounts')

function benchmarkOf(name, rule, target) {
  const work = WORK[rule]
  const hob = (threads) => (task) =>
    ruleRun(`finance.${rule}`, task, { threads }).then(counted(`hob ${rule}`, task, rule))
  return {
    name,
    counts: { full: 2_000_000, quick: 2_000 },
    settings: (count) =>
      `${count} CSV lines of ${COLUMNS} columns, most of them quoted; counts and sums by candidate, and by candidate and occupation, ${work.what}; whole processes. DuckDB: both in one pass, given the columns, two threads`,
    prepare: ({ count }) => financeFile(count),
    sides: {
      hob: hob(2),
      'hob, one thread': hob(1),
      Miller: async (task) => {
        needDebianPackage('mlr', 'miller')
        const args = ['--icsv', '--ocsv', '--implicit-csv-header', 'put', '-q', miller(work), task.prepared]
        return counted('Miller', task, rule)(await runWatched('mlr', args, task))
      },
      DuckDB: (task) =>
        runTaskWatched('rules-duckdb', { ...task, queries: [query(work)] }).then(counted('DuckDB', task, rule)),
    },
    versions: () => `Miller ${versionOf('mlr')}, @duckdb/node-api ${versionIn(duckdbFolder)}`,
    rows: [
      rateRow(`${name} miller`, 'hob', 'Miller'),
      rateRow(`${name} duckdb`, 'hob', 'DuckDB', target),
      rateRow(`${name} threads`, 'hob', 'hob, one thread'),
      memoryRow(name, 'Miller'),
      memoryRow(name, 'DuckDB'),
    ],
  }
}

function rateRow(name, hob, peer, target) {
  const what = `lines a second: ${hob}; ${peer}`
  return { name, what, hob, peer, metric: 'rate', unit: 'lines/s', figure: 'ratio', target }
}

function memoryRow(of, peer) {
  const name = `${of} memory ${peer.toLowerCase()}`
  return { name, what: `peak memory: hob; ${peer}`, hob: 'hob', peer, metric: 'peakMb', unit: 'MB', figure: 'ratio' }
}

/** Checks the answer and tells the rate. */
const counted =
  (side, { count, prepared }, rule) =>
  ({ ms, cpuUs, peakMb, file }) => {
    sameAnswer({ side, data: `${prepared} ${rule}`, file })
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
