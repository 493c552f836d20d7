// `npm run bench -- orders`, `sqlite`, `queue`, `features` and `rules`: Hob beside its peers, from one run.
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { measure } from './benchmark.mjs'
import { ensureBuilt } from './built.mjs'
import { describeMachine } from './machine.mjs'
import { profiles } from './programs.mjs'
import { rowLines, tableLines } from './report.mjs'
import { openScratch } from './scratch.mjs'

const USAGE = `usage: npm run bench -- orders|sqlite|queue|features|rules [options]
  --only NAME   only the rows whose names begin so
  --rounds N    runs of each side, taken in turns; 5 unless given
  --quick       a small fraction of the work: shows that all runs, and proves nothing
  --long        ten minutes of load where one is usual, and all lines of the rules' headline
  --scale X     so many times the work; 1 unless given
  --json FILE   write the figures of every run there
  --profile DIR leave a profile of each run of a task there, for bench/profile.mjs; it slows them
  --list        name the rows`

const { values, positionals } = parsed({
  allowPositionals: true,
  options: {
    only: { type: 'string', default: '' },
    rounds: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
    long: { type: 'boolean', default: false },
    scale: { type: 'string', default: '1' },
    json: { type: 'string' },
    profile: { type: 'string' },
    list: { type: 'boolean', default: false },
  },
})

const SUITES = {
  orders: './orders.mjs',
  sqlite: './sqlite.mjs',
  queue: './queue.mjs',
  features: './features.mjs',
  rules: './rules.mjs',
}
const size = values.quick ? 'quick' : values.long ? 'long' : 'full'
const suite = SUITES[positionals[0]]
const rounds = Number(values.rounds)
const scale = Number(values.scale)
if (suite === undefined || positionals.length > 1 || !Number.isInteger(rounds) || rounds < 1 || !(scale > 0))
  fail(USAGE)

const { benchmarks: all, close } = await import(suite)
const benchmarks = all
  .map((benchmark) => ({ ...benchmark, rows: benchmark.rows.filter(({ name }) => name.startsWith(values.only)) }))
  .filter(({ rows }) => rows.length > 0)
if (benchmarks.length === 0) fail(`no row of ${positionals[0]} begins with '${values.only}'; --list names them`)

if (values.list) for (const { name } of benchmarks.flatMap(({ rows }) => rows)) console.log(name)
else await runAll().finally(close)

/** A wrong option is told with what there is. */
function parsed(config) {
  try {
    return parseArgs(config)
  } catch (error) {
    fail(`${error.message.split('.')[0]}\n${USAGE}`)
  }
}

async function runAll() {
  if (values.profile !== undefined) profiles.folder = resolve(values.profile)
  ensureBuilt({ isQuick: values.quick })
  const scratch = openScratch()
  const machine = describeMachine(scratch.folder)
  for (const line of machine.lines) console.log(line)
  console.log(
    `${rounds} rounds, the sides in turns; medians.${values.quick ? ' Quick: these figures prove nothing.' : ''}`,
  )
  const results = []
  for (const benchmark of benchmarks) {
    const result = await measure(benchmark, {
      scratch,
      rounds,
      size,
      scale,
      say: console.log,
    })
    for (const line of result.rows.flatMap(rowLines)) console.log(line)
    results.push(result)
  }
  console.log('')
  for (const line of tableLines(results.flatMap(({ rows }) => rows))) console.log(line)
  if (values.json !== undefined) {
    writeFileSync(
      values.json,
      `${JSON.stringify({ at: new Date(), machine: machine.facts, rounds, results }, null, 2)}\n`,
    )
  }
}

function fail(text) {
  console.error(text)
  process.exit(2)
}
