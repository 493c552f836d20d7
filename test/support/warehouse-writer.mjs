// Writes a run into a warehouse, slowly enough to be killed in the middle. Its only argument is JSON: see warehouse-writer.ts.
import { toDuckdb, toMysql, toPostgres, toSqlite } from '#hob/index.js'

const PROCESSORS = { toDuckdb, toMysql, toPostgres, toSqlite }

const { to, options, file, rows, run, pauseMs } = JSON.parse(process.argv[2])

const columns = [
  { name: 'last', type: 'text' },
  { name: 'count', type: 'integer' },
  { name: 'paid', type: 'number' },
]

async function* batches() {
  const batchRows = 2_000
  for (let from = 0; from < rows; from += batchRows) {
    if (from > 0) console.log('begun')
    yield Array.from({ length: batchRows }, (_, at) => [`k${String(from + at).padStart(6, '0')}`, 1, 0.5])
    await new Promise((resolve) => setTimeout(resolve, pauseMs))
  }
}

// Who reads the file itself begins at once.
if (file !== '') console.log('begun')
const keyset = { keyset: 'names', table: 'names', columns, keyColumns: ['last'], rowCount: rows, file, batches }
const signal = new AbortController().signal
await PROCESSORS[to]({ ...options, mode: 'add' }).write([keyset], {
  id: run,
  rule: 'names.last_names',
  params: {},
  signal,
})
console.log(process.resourceUsage().maxRSS)
