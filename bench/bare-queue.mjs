// The least that a queue on SQLite needs: what Hob's speed is held against.
import Sqlite from 'better-sqlite3'

const SCHEMA = `
  CREATE TABLE job (
    id INTEGER PRIMARY KEY,
    queue TEXT NOT NULL,
    state INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    payload TEXT NOT NULL
  ) STRICT;
  CREATE INDEX job_next ON job (queue, state, run_at);
`

/** As durable as Hob's kitchen; page size, cache and checkpoints as SQLite has them, as in Hob. */
export function openBare(file) {
  const database = new Sqlite(file)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  return database
}

export const makeSchema = (database) => database.exec(SCHEMA)

export const prepareInsert = (database) =>
  database.prepare("INSERT INTO job (queue, state, run_at, payload) VALUES ('q', 0, ?, ?)")

/** Inserts ready-made payloads, so many in a transaction. */
export function insertAll(database, payloads, { perTransaction }) {
  const insert = prepareInsert(database)
  const insertSome = database.transaction((from) => {
    const nowMs = Date.now()
    const to = Math.min(from + perTransaction, payloads.length)
    for (let index = from; index < to; index++) insert.run(nowMs, payloads[index])
  })
  for (let from = 0; from < payloads.length; from += perTransaction) insertSome.immediate(from)
}

/** Takes jobs and deletes them, a hundred at a time, each its own transaction; answers how many there were. */
export function workAll(database) {
  const take = database.prepare(
    `UPDATE job SET state = 1
     WHERE id IN (SELECT id FROM job WHERE queue = 'q' AND state = 0 AND run_at <= ? ORDER BY run_at, id LIMIT 100)
     RETURNING id, payload`,
  )
  const remove = database.prepare('DELETE FROM job WHERE id IN (SELECT value FROM json_each(?))')
  for (let count = 0; ; ) {
    const jobs = take.all(Date.now())
    if (jobs.length === 0) return count
    count += remove.run(JSON.stringify(jobs.map(({ id }) => id))).changes
  }
}
