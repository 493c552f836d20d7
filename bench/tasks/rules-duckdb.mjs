// The same answer by DuckDB's own SQL, printed as CSV; or left in a file of the folder, when it is long.
import { DuckDBInstance } from '@duckdb/node-api'

const { file, folder, queries, settings = {}, into } = JSON.parse(process.argv[2])

const instance = await DuckDBInstance.create(':memory:', { threads: '2', ...settings })
const connection = await instance.connect()
for (const query of queries) {
  const sql = query.replace('$file', `'${file}'`)
  if (into === undefined) {
    const reader = await connection.runAndReadAll(sql)
    process.stdout.write(`${reader.columnNames().join(',')}\n`)
    // Nulls are what a grouping of GROUPING SETS does not have.
    const lines = reader.getRows().map((row) => `${row.filter((value) => value !== null).join(',')}\n`)
    process.stdout.write(lines.join(''))
  } else await connection.run(`COPY (${sql}) TO '${folder}/${into}' (FORMAT csv, HEADER)`)
}
connection.closeSync()
